import { type Recorded } from '../../core/event/event.ts'
import { type RowChange } from '../runtime/projection.ts'

export type In = 'DeadLettered'

/** Putting the same record aside twice counts once. */
export const map = ({ data, meta }: Recorded<In>): readonly RowChange[] => {
  const { topic, partition, offset, consumer, code, reason, headers, key, value } = data
  const aside = {
    put_aside_at: meta.time,
    code,
    reason,
    headers,
    key_bytes: key?.length ?? null,
    value_bytes: value?.length ?? null,
  }
  return [
    {
      table: 'dead_letters',
      key: { topic, partition, offset, consumer },
      once: { put_aside_at: aside },
    },
  ]
}

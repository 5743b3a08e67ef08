import { type Recorded } from '../../core/event/event.ts'
import { type RowChange } from '../runtime/projection.ts'

export type In = 'FlowDefined' | 'FlowRetired'

/** The row is made from the last event alone: compaction may have removed those before it. */
export const map = (event: Recorded<In>): readonly RowChange[] => {
  const { name, hash } = event.data
  return [{ table: 'flows', key: { name }, set: { hash, ...none, ...lastOf(event) } }]
}

const none = {
  version: null,
  definition: null,
  source: null,
  file: null,
  defined_at: null,
  applied_by: null,
  retired_at: null,
  retired_by: null,
}

const lastOf = ({ type, data, meta }: Recorded<In>) => {
  switch (type) {
    case 'FlowDefined': {
      const { version, definition, source, file, appliedBy } = data
      return { version, definition, source, file, defined_at: meta.time, applied_by: appliedBy }
    }
    case 'FlowRetired':
      return { retired_at: meta.time, retired_by: data.retiredBy }
  }
}

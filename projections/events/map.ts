import { type Recorded } from '../../core/event/event.ts'
import { type RowChange } from '../runtime/projection.ts'
import { type UnknownRecord } from '../runtime/record.ts'

// Postgres would also read `now` and `yesterday` as a time, and give another row at each rebuild.
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

/** Each event is one row; throws where its time is none. */
export const map = (record: Recorded | UnknownRecord): RowChange => {
  const { stream, meta, at } = record
  if (!isoTime.test(meta.time)) throw new Error(`${meta.time} is no time of ISO 8601`)
  return {
    table: 'events',
    key: { id: meta.id },
    set: {
      ...at,
      type: 'data' in record ? record.type : record.unknown,
      time: meta.time,
      stream,
      causation_id: meta.causationId,
      correlation_id: meta.correlationId,
      source: meta.source,
      payload: 'data' in record ? payloadOf(record) : null,
      traceparent: meta.traceparent,
    },
  }
}

const payloadOf = (event: Recorded): unknown => {
  if (event.type !== 'DeadLettered') return event.data
  const { key, value } = event.data
  return { ...event.data, key: key?.toString('base64') ?? null, value: value?.toString('base64') ?? null }
}

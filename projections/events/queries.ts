import { type EventRow, eventRow } from '../runtime/eventRow.ts'
import { type Tables, rowsOf } from '../runtime/rows.ts'

/** Which events. What is left out is not asked for. */
export interface EventFilter {
  readonly type?: string
  readonly stream?: string
  readonly correlationId?: string
  readonly topic?: string
  /** ISO 8601; events from then on. */
  readonly since?: string
  /** Of all that fit, at most this many of the last. */
  readonly limit?: number
}

/** Events by filter, the earliest first. */
export const listEvents = async (tables: Tables, filter: EventFilter = {}): Promise<readonly EventRow[]> => {
  const rows = await rowsOf(
    tables,
    eventRow,
    (table) => `select * from ${table('events')}
      where ($1::text is null or type = $1) and ($2::text is null or stream = $2)
        and ($3::text is null or correlation_id = $3) and ($4::text is null or topic = $4)
        and ($5::timestamptz is null or time >= $5)
      order by time desc, topic desc, partition desc, "offset" desc limit $6`,
    [filter.type, filter.stream, filter.correlationId, filter.topic, filter.since, filter.limit ?? 100].map(
      (value) => value ?? null,
    ),
  )
  return rows.toReversed()
}

/** The event with an id, or undefined. */
export const findEvent = async (tables: Tables, id: string): Promise<EventRow | undefined> =>
  (await rowsOf(tables, eventRow, (table) => `select * from ${table('events')} where id = $1`, [id]))[0]

import { z } from 'zod'
import { byBeginning } from '../runtime/beginning.ts'
import { type DeliveryRow, deliveryRow } from '../runtime/deliveryRow.ts'
import { type EventRow, eventRow } from '../runtime/eventRow.ts'
import { type Tables, rowsOf } from '../runtime/rows.ts'
import { type AttemptRow, type DestinationRow, attemptRow, destinationRow } from './rows.ts'

/** Which deliveries are wanted; `destination` is the name of that they go to now. */
export interface DeliveryFilter {
  readonly status?: DeliveryRow['status']
  readonly destination?: string
  readonly limit?: number
}

/** The last deliveries, the newest first; those of one status or destination where asked for. */
export const listDeliveries = (
  tables: Tables,
  { status, destination, limit = 50 }: DeliveryFilter = {},
): Promise<readonly DeliveryRow[]> =>
  rowsOf(
    tables,
    deliveryRow,
    (table) => `select * from ${table('delivery_overview')}
      where ($1::text is null or status = $1) and ($2::text is null or sends_to = $2)
      order by queued_at desc nulls last, delivery_id limit $3`,
    [status ?? null, destination ?? null, limit],
  )

/** A delivery by its id, or by the first letters of it. RD_NOT_FOUND where there is none, RD_USAGE where several begin so. */
export const findDelivery = (tables: Tables, id: string): Promise<DeliveryRow> => {
  const see = 'see: raddeploy deliveries list'
  const deliveries = { view: 'delivery_overview', column: 'delivery_id', what: 'delivery', see }
  return byBeginning(tables, deliveryRow, deliveries, id, ({ deliveryId }) => deliveryId)
}

/** One delivery with every attempt at it, and all that was said of it. */
export interface DeliveryDetails {
  readonly delivery: DeliveryRow
  readonly attempts: readonly AttemptRow[]
  readonly history: readonly EventRow[]
}

/** A delivery as `findDelivery` finds it, with what belongs to it. */
export const showDelivery = async (tables: Tables, id: string): Promise<DeliveryDetails> => {
  const delivery = await findDelivery(tables, id)
  const [attempts, history] = await Promise.all([
    rowsOf(
      tables,
      attemptRow,
      (table) => `select * from ${table('delivery_attempts')} where delivery_id = $1 order by attempt`,
      [delivery.deliveryId],
    ),
    rowsOf(
      tables,
      eventRow,
      (table) => `select * from ${table('events')} where stream = $1 and type <> 'TimerFired'
        order by time, topic, partition, "offset"`,
      [delivery.deliveryId],
    ),
  ])
  return { delivery, attempts, history }
}

/** The offsets at which deliveries were queued, in the partitions of their ids. */
export const queuedAt = async (
  tables: Tables,
  deliveryIds: readonly string[],
): Promise<readonly { readonly deliveryId: string; readonly queuedAt: bigint }[]> => {
  const rows = await rowsOf(
    tables,
    z.object({ stream: z.string(), offset: z.coerce.bigint() }),
    (table) =>
      `select stream, "offset" from ${table('events')} where stream = any($1) and type = 'DeliveryQueued'`,
    [deliveryIds],
  )
  return rows.map(({ stream, offset }) => ({ deliveryId: stream, queuedAt: offset }))
}

/** The destinations that something was sent to, or that were paused, by their names. */
export const listDestinations = (tables: Tables): Promise<readonly DestinationRow[]> =>
  rowsOf(tables, destinationRow, (table) => `select * from ${table('destination_overview')} order by name`)

/** A destination by its name, or by the first letters of it. RD_NOT_FOUND and RD_USAGE as of deliveries. */
export const findDestination = (tables: Tables, name: string): Promise<DestinationRow> => {
  const see = 'see: raddeploy destinations list'
  const destinations = { view: 'destination_overview', column: 'name', what: 'destination', see }
  return byBeginning(tables, destinationRow, destinations, name, (found) => found.name)
}

/** The destination of a name as the delivery said it that was queued for it last; undefined where none was. */
export const sentToByName = async (tables: Tables, name: string): Promise<unknown> => {
  const rows = await rowsOf(
    tables,
    z.object({ to: z.unknown() }),
    (table) => `select payload -> 'destination' as "to" from ${table('events')} as e
      join ${table('deliveries')} as d on d.delivery_id = e.stream
      where e.type = 'DeliveryQueued' and d.destination = $1 order by d.queued_at desc limit 1`,
    [name],
  )
  return rows[0]?.to
}

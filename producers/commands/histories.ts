import { type DeliveryEvent, progressed } from '../../core/delivery/progress.ts'
import { type Meta, type Recorded, topicOf } from '../../core/event/event.ts'
import { partitionOf } from '../../core/event/partition.ts'
import { isEvent } from '../../infra/kafka/codec.ts'
import { boundsOf, read } from '../../infra/kafka/reader.ts'
import { type DeliveryState } from '../../schemas/generated/shared.ts'
import { type CommandParts } from './last.ts'

/** A delivery as the log tells it. */
export interface DeliveryHistory {
  readonly state: DeliveryState | undefined
  readonly isFinished: boolean
  /** Its last event. */
  readonly last: Meta
}

/** A delivery, and the offset at which it was queued, in the partition of its id. */
export interface DeliveryPlace {
  readonly deliveryId: string
  readonly queuedAt: bigint
}

const topic = topicOf('DeliveryQueued')
const telling = ['DeliveryQueued', 'DeliveryAttempted', 'DeliveryReopened', 'DeliveryRedirected'] as const
const tells = (event: Recorded): event is Recorded<DeliveryEvent> =>
  telling.some((type) => type === event.type)

/** How far deliveries have come, read from the log: tables lag, and no event may rest on them. */
export const historiesOf = async (
  places: readonly DeliveryPlace[],
  parts: Pick<CommandParts, 'kafka' | 'codec' | 'logger'>,
): Promise<ReadonlyMap<string, DeliveryHistory>> => {
  const wanted = new Set(places.map(({ deliveryId }) => deliveryId))
  const found = new Map<string, DeliveryHistory>()
  const bounds = await boundsOf(parts.kafka, [topic])
  const unread = new Map(
    bounds.flatMap(({ partition, low, high }) => {
      const offsets = places
        .filter(({ deliveryId }) => partitionOf(topic, deliveryId) === partition)
        .map(({ queuedAt }) => (queuedAt > low ? queuedAt : low))
      const first = offsets.reduce((least, offset) => (offset < least ? offset : least), high)
      return first < high ? [[partition, { first, high }] as const] : []
    }),
  )
  if (unread.size === 0) return found
  const done = new AbortController()
  const from = bounds.map(({ partition, high }) => ({
    topic,
    partition,
    offset: unread.get(partition)?.first ?? high,
  }))
  for await (const batch of read({ ...parts, from, signal: done.signal })) {
    for (const record of batch) {
      if (isEvent(record) && wanted.has(record.stream))
        found.set(record.stream, after(found.get(record.stream), record))
      const { partition, offset } = record.at
      if (offset + 1n >= (unread.get(partition)?.high ?? 0n)) unread.delete(partition)
    }
    if (unread.size === 0) break
  }
  return found
}

const after = (known: DeliveryHistory | undefined, event: Recorded): DeliveryHistory => ({
  state: tells(event) ? progressed(known?.state, event) : known?.state,
  isFinished: (known?.isFinished ?? false) || event.type === 'DeliveryFinished',
  last: event.meta,
})

import { type Kafka } from 'kafkajs'
import { type Logger } from 'pino'
import { type EventType, type Recorded, topicOf } from '../../core/event/event.ts'
import { type Codec, isEvent } from './codec.ts'
import { boundsOf, read } from './reader.ts'

/** Compacted topics that are read whole and folded into what a decider may know. */
export interface Tables<Known> {
  readonly reads: readonly EventType[]
  readonly initial: Known
  evolve(known: Known, event: Recorded): Known
}

/** A table under way: what is known now. */
export interface Following<Known> {
  readonly known: () => Known
}

/** Reads the tables' topics whole, resolves, and goes on following them until `signal` is aborted. */
export const follow = async <Known>(
  tables: Tables<Known>,
  options: {
    readonly kafka: Kafka
    readonly codec: Codec
    readonly logger: Logger
    readonly signal: AbortSignal
  },
): Promise<Following<Known>> => {
  let known = tables.initial
  const bounds = await boundsOf(options.kafka, [...new Set(tables.reads.map(topicOf))])
  const behind = new Map(
    bounds.filter(({ low, high }) => high > low).map((one) => [`${one.topic}/${one.partition}`, one.high]),
  )
  let caughtUp!: () => void
  const whole = new Promise<void>((resolve) => (caughtUp = resolve))
  if (behind.size === 0) caughtUp()
  const reading = async (): Promise<void> => {
    const from = bounds.map(({ topic, partition, low }) => ({ topic, partition, offset: low }))
    for await (const batch of read({ ...options, from }))
      for (const record of batch) {
        if (isEvent(record) && tables.reads.includes(record.type)) known = tables.evolve(known, record)
        const place = `${record.at.topic}/${record.at.partition}`
        if (record.at.offset + 1n >= (behind.get(place) ?? 0n)) behind.delete(place)
        if (behind.size === 0) caughtUp()
      }
  }
  void reading().catch((error: unknown) =>
    options.logger.error({ error }, 'a table can no longer be followed'),
  )
  await whole
  return { known: () => known }
}

import { type Kafka } from 'kafkajs'
import { type Logger } from 'pino'
import pRetry from 'p-retry'
import { type EventType, type Recorded, topicOf } from '../../core/event/event.ts'
import { messageOf } from '../../core/error/error.ts'
import { type Codec, type Decoded, type Undecodable, isEvent } from './codec.ts'
import { placeKey } from './consumer.ts'
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
  /** Resolves when it is followed no more, after `signal` was aborted. */
  readonly ended: Promise<void>
}

/** What a table stands on, and who hears of records in it that are no events. */
export interface FollowOptions {
  readonly kafka: Kafka
  readonly codec: Codec
  readonly logger: Logger
  readonly signal: AbortSignal
  /** Who follows, as the consumer group shows it. */
  readonly name?: string
  /** Called with what cannot be decoded, at each start again; the next record waits for it. */
  readonly putAside?: (record: Undecodable) => Promise<unknown>
}

/** Reads the tables' topics whole, resolves, and goes on following them until `signal` is aborted. */
export const follow = async <Known>(
  tables: Tables<Known>,
  options: FollowOptions,
): Promise<Following<Known>> => {
  let known = tables.initial
  const bounds = await boundsOf(options.kafka, [...new Set(tables.reads.map(topicOf))])
  const next = new Map(bounds.map((one) => [placeKey(one), { ...one, offset: one.low }]))
  let caughtUp!: () => void
  const whole = new Promise<void>((resolve) => (caughtUp = resolve))
  const check = (): void => {
    if ([...next.values()].every(({ offset, high }) => offset >= high)) caughtUp()
  }
  const take = async (record: Decoded): Promise<void> => {
    const at = next.get(placeKey(record.at))!
    if (record.at.offset < at.offset) return
    if (isEvent(record)) {
      if (tables.reads.includes(record.type)) known = tables.evolve(known, record)
    } else if ('undecodable' in record) await options.putAside?.(record)
    next.set(placeKey(record.at), { ...at, offset: record.at.offset + 1n })
    check()
  }
  const reading = async (): Promise<void> => {
    for await (const batch of read({ ...options, from: [...next.values()] }))
      for (const record of batch) await take(record)
  }
  check()
  // A table that is not followed any more would let decisions rest on what is no longer true.
  const ended = pRetry(reading, {
    retries: Number.POSITIVE_INFINITY,
    maxTimeout: 5000,
    signal: options.signal,
    onFailedAttempt: ({ error }) => {
      if (!options.signal.aborted)
        options.logger.warn({ error: messageOf(error) }, 'a table could not be followed; going on from there')
    },
  }).catch(() => undefined)
  await whole
  return { known: () => known, ended }
}

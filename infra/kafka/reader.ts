import { randomUUID } from 'node:crypto'
import { type Kafka } from 'kafkajs'
import { type Logger } from 'pino'
import { type Codec, type Decoded } from './codec.ts'
import { type Mark, consume } from './consumer.ts'

/** The bounds of one partition: its first offset and the next one to be written. */
export interface Bounds {
  readonly topic: string
  readonly partition: number
  readonly low: bigint
  readonly high: bigint
}

/** The bounds of every partition of the topics. */
export const boundsOf = async (kafka: Kafka, topics: readonly string[]): Promise<readonly Bounds[]> => {
  const admin = kafka.admin()
  await admin.connect()
  try {
    const all = await Promise.all(
      topics.map(async (topic) =>
        (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => ({
          topic,
          partition,
          low: BigInt(low),
          high: BigInt(high),
        })),
      ),
    )
    return all.flat()
  } finally {
    await admin.disconnect()
  }
}

/**
 * Reads partitions from given offsets on, for ever, outside any lasting consumer group: for projections,
 * tables and people. Ends when `signal` is aborted. The next batch is fetched when the last was taken.
 */
export async function* read(options: {
  readonly kafka: Kafka
  readonly codec: Codec
  readonly logger: Logger
  readonly from: readonly Mark[]
  readonly signal: AbortSignal
  /** Who reads, as the consumer group shows it. */
  readonly name?: string
}): AsyncGenerator<readonly Decoded[]> {
  const { codec, signal } = options
  // A rebalance begins again where reading stopped, not where it once began.
  const position = new Map(options.from.map((mark) => [`${mark.topic}/${mark.partition}`, mark]))
  let deliver: (() => void) | undefined
  let ended = false
  const waiting: { batch: readonly Decoded[]; taken: () => void }[] = []
  const consuming = await consume({
    kafka: options.kafka,
    logger: options.logger,
    groupId: `raddeploy.${options.name ?? 'reader'}.${randomUUID()}`,
    topics: [...new Set(options.from.map(({ topic }) => topic))],
    sharing: 'first',
    lenient: true,
    start: () => Promise.resolve([...position.values()]),
    batch: async ({ topic, partition, messages }) => {
      const batch = await Promise.all(messages.map((message) => codec.decode(topic, partition, message)))
      if (batch.length === 0 || ended) return
      await new Promise<void>((taken) => {
        waiting.push({ batch, taken })
        deliver?.()
      })
      const last = messages.at(-1)
      if (last) position.set(`${topic}/${partition}`, { topic, partition, offset: BigInt(last.offset) + 1n })
    },
  })
  const aborted = (): void => deliver?.()
  signal.addEventListener('abort', aborted)
  let current: { taken: () => void } | undefined
  try {
    while (!signal.aborted) {
      const next = waiting.shift()
      if (!next) {
        await new Promise<void>((resolve) => (deliver = resolve))
        deliver = undefined
        continue
      }
      current = next
      yield next.batch
      next.taken()
    }
  } finally {
    ended = true
    signal.removeEventListener('abort', aborted)
    current?.taken()
    for (const { taken } of waiting) taken()
    await consuming.stop()
  }
}

import { type Kafka } from 'kafkajs'
import { type Logger } from 'pino'
import { type Published, type Recorded, topicOf } from '../../core/event/event.ts'
import { partitionOf } from '../../core/event/partition.ts'
import { type Codec } from './codec.ts'
import { Lane, type Sendable } from './lane.ts'

/** Streams that lie on different partitions need not wait for each other's acknowledgement. */
const lanes = 4

/**
 * The only place that sends to Kafka. What lies on one partition is sent in the order in which it was published, and
 * together where it waits. Resolves when all in-sync replicas have acknowledged.
 */
export class Publisher {
  readonly #codec: Codec
  readonly #lanes: readonly Lane[]
  /** Resolves when all that was published before is encoded: order is kept. */
  #encoded: Promise<void> = Promise.resolve()

  constructor(options: { kafka: Kafka; codec: Codec; logger: Logger; deadlineMs?: number }) {
    const { kafka, codec, logger, deadlineMs = 30_000 } = options
    this.#codec = codec
    this.#lanes = Array.from({ length: lanes }, () => new Lane({ kafka, logger, deadlineMs }))
  }

  /**
   * Publishes events that belong together, in their order. Resolves with their positions; rejects with
   * RD_KAFKA_UNAVAILABLE after the deadline, RD_EVENT_TOO_LARGE where the broker will never take one. A rejected
   * event may still be on the log: its id makes publishing it again harmless.
   */
  async publish(events: readonly Published[]): Promise<readonly Recorded[]> {
    if (events.length === 0) return []
    // Before it waits with others: what cannot be encoded must not keep them from being sent.
    const encoding = Promise.all(events.map((event) => this.#sendable(event)))
    const before = this.#encoded
    this.#encoded = Promise.allSettled([before, encoding]).then(() => undefined)
    await before
    const sendable = await encoding
    const laneOf = ({ message }: Sendable): number => message.partition % lanes
    const used = [...new Set(sendable.map(laneOf))]
    const sent = await Promise.all(
      used.map((lane) => this.#lanes[lane]!.send(sendable.filter((one) => laneOf(one) === lane))),
    )
    const recorded = new Map(sent.flat().map((one) => [one.meta.id, one]))
    return sendable.map(({ event }) => recorded.get(event.meta.id)!)
  }

  async #sendable(event: Published): Promise<Sendable> {
    const topic = topicOf(event.type)
    const partition = partitionOf(topic, event.stream)
    return { event, topic, message: { ...(await this.#codec.encode(event)), partition } }
  }

  /** Sends what waits and disconnects. */
  async close(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.close()))
  }
}

import { CompressionTypes, type Kafka, Partitioners, type Producer } from 'kafkajs'
import { type Logger } from 'pino'
import pRetry from 'p-retry'
import { type Published, type Recorded, topicOf } from '../../core/event/event.ts'
import { partitionOf } from '../../core/event/partition.ts'
import { RadDeployError } from '../../core/error/error.ts'
import { type Codec } from './codec.ts'

interface Waiting {
  readonly events: readonly Published[]
  readonly resolve: (recorded: readonly Recorded[]) => void
  readonly reject: (error: unknown) => void
}

/**
 * The only place that sends to Kafka. Events wait while one send is under way and go together in the next,
 * so order is kept and bulk is fast. Resolves when all in-sync replicas have acknowledged.
 */
export class Publisher {
  readonly #kafka: Kafka
  readonly #codec: Codec
  readonly #logger: Logger
  readonly #deadlineMs: number
  #producer: Producer | undefined
  #waiting: Waiting[] = []
  #sending: Promise<void> = Promise.resolve()
  #draining = false

  constructor(options: { kafka: Kafka; codec: Codec; logger: Logger; deadlineMs?: number }) {
    this.#kafka = options.kafka
    this.#codec = options.codec
    this.#logger = options.logger
    this.#deadlineMs = options.deadlineMs ?? 30_000
  }

  /**
   * Publishes events that belong together, in their order. Resolves with their positions; rejects with
   * RD_KAFKA_UNAVAILABLE after the deadline. A rejected event may still be on the log: its id makes
   * publishing it again harmless.
   */
  publish(events: readonly Published[]): Promise<readonly Recorded[]> {
    if (events.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      this.#waiting.push({ events, resolve, reject })
      if (!this.#draining) this.#sending = this.#drain()
    })
  }

  /** Sends what waits and disconnects. */
  async close(): Promise<void> {
    await this.#sending
    await this.#producer?.disconnect().catch(() => undefined)
  }

  async #drain(): Promise<void> {
    this.#draining = true
    while (this.#waiting.length > 0) {
      const taken = this.#take()
      try {
        const recorded = await this.#send(taken.flatMap((one) => one.events))
        let from = 0
        for (const one of taken) one.resolve(recorded.slice(from, (from += one.events.length)))
      } catch (error) {
        for (const one of taken) one.reject(error)
      }
    }
    // Set in the same turn as the last look at the queue: what is published later starts a new round.
    this.#draining = false
  }

  /** As many as fit one request with room to spare. */
  #take(): Waiting[] {
    let count = 0
    let end = 0
    while (end < this.#waiting.length && (end === 0 || count < 500))
      count += this.#waiting[end++]!.events.length
    return this.#waiting.splice(0, end)
  }

  async #send(events: readonly Published[]): Promise<readonly Recorded[]> {
    const byTopic = new Map<string, Published[]>()
    for (const event of events) {
      const topic = topicOf(event.type)
      byTopic.set(topic, [...(byTopic.get(topic) ?? []), event])
    }
    const topicMessages = await Promise.all(
      [...byTopic].map(async ([topic, list]) => ({
        topic,
        messages: await Promise.all(
          list.map(async (event) => ({
            ...(await this.#codec.encode(event)),
            partition: partitionOf(topic, event.stream),
          })),
        ),
      })),
    )
    const started = performance.now()
    const answer = await pRetry(
      async () => {
        const producer = await this.#connected()
        return producer.sendBatch({
          acks: -1,
          timeout: 10_000,
          compression: CompressionTypes.None,
          topicMessages,
        })
      },
      {
        factor: 2,
        minTimeout: 50,
        maxTimeout: 2000,
        retries: Number.POSITIVE_INFINITY,
        maxRetryTime: this.#deadlineMs,
        shouldRetry: () => performance.now() - started < this.#deadlineMs,
        onFailedAttempt: async ({ error }) => {
          this.#logger.warn({ error: error.message }, 'Kafka did not acknowledge; sending again')
          const broken = this.#producer
          this.#producer = undefined
          await broken?.disconnect().catch(() => undefined)
        },
      },
    ).catch((error: unknown) => {
      throw new RadDeployError(
        'RD_KAFKA_UNAVAILABLE',
        'Kafka did not acknowledge in time',
        { events: events.length },
        error,
      )
    })
    const next = new Map(
      answer.map((one) => [`${one.topicName}/${one.partition}`, BigInt(one.baseOffset ?? '0')]),
    )
    return events.map((event) => {
      const topic = topicOf(event.type)
      const partition = partitionOf(topic, event.stream)
      const offset = next.get(`${topic}/${partition}`) ?? 0n
      next.set(`${topic}/${partition}`, offset + 1n)
      return { ...event, at: { topic, partition, offset } } as Recorded
    })
  }

  async #connected(): Promise<Producer> {
    if (this.#producer) return this.#producer
    const producer = this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { initialRetryTime: 20, maxRetryTime: 500, retries: 6 },
    })
    await producer.connect()
    return (this.#producer = producer)
  }
}

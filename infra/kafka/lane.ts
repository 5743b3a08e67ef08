import {
  CompressionTypes,
  type Kafka,
  type Message,
  Partitioners,
  type Producer,
  type RecordMetadata,
  type TopicMessages,
} from 'kafkajs'
import { type Logger } from 'pino'
import pRetry from 'p-retry'
import { type Published, type Recorded } from '../../core/event/event.ts'
import { RadDeployError, isRadDeployError, messageOf } from '../../core/error/error.ts'
import { within } from '../deadline/within.ts'

/** An event as it is sent. */
export interface Sendable {
  readonly event: Published
  readonly topic: string
  readonly message: Message & { readonly partition: number }
}
interface Waiting {
  /** Until when Kafka may acknowledge them, on the clock of `performance`. */
  readonly until: number
  readonly events: readonly Sendable[]
  readonly resolve: (recorded: readonly Recorded[]) => void
  readonly reject: (error: unknown) => void
}

/** What a broker refuses however often it is sent. */
const refusals = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD']

/**
 * One request after the other, over a producer of its own. Events wait while one send is under way and go together in
 * the next, so order is kept and bulk is fast.
 */
export class Lane {
  readonly #kafka: Kafka
  readonly #logger: Logger
  readonly #deadlineMs: number
  #producer: Producer | undefined
  #waiting: Waiting[] = []
  #sending: Promise<void> = Promise.resolve()
  #draining = false

  constructor(options: { kafka: Kafka; logger: Logger; deadlineMs: number }) {
    this.#kafka = options.kafka
    this.#logger = options.logger
    this.#deadlineMs = options.deadlineMs
  }

  /**
   * Sends events after all that were sent before; resolves once they are acknowledged. Rejects when they were not in
   * time, whatever it was that they waited for.
   */
  send(events: readonly Sendable[]): Promise<readonly Recorded[]> {
    const until = performance.now() + this.#deadlineMs
    const sent = new Promise<readonly Recorded[]>((resolve, reject) => {
      this.#waiting.push({ until, events, resolve, reject })
      if (!this.#draining) this.#sending = this.#drain()
    })
    return within(sent, this.#deadlineMs, unavailable)
  }

  /** Sends what waits and disconnects. */
  async close(): Promise<void> {
    await this.#sending
    await this.#producer?.disconnect().catch(() => undefined)
  }

  async #drain(): Promise<void> {
    this.#draining = true
    while (this.#waiting.length > 0) await this.#deliver(this.#take())
    // Set in the same turn as the last look at the queue: what is published later starts a new round.
    this.#draining = false
  }

  async #deliver(taken: readonly Waiting[]): Promise<void> {
    if (taken.length === 0) return
    try {
      const until = Math.max(...taken.map((one) => one.until))
      const recorded = await this.#deliverAll(
        taken.flatMap((one) => one.events),
        until,
      )
      let from = 0
      for (const one of taken) one.resolve(recorded.slice(from, (from += one.events.length)))
    } catch (error) {
      // One that is refused for good must not take the others with it.
      if (isRadDeployError(error, 'RD_EVENT_TOO_LARGE') && taken.length > 1)
        for (const one of taken) await this.#deliver([one])
      else for (const one of taken) one.reject(error)
    }
  }

  /** As many as fit one request with room to spare; nobody waits any more for those that are late. */
  #take(): Waiting[] {
    const now = performance.now()
    this.#waiting = this.#waiting.filter(({ until }) => until > now)
    let count = 0
    let end = 0
    while (end < this.#waiting.length && (end === 0 || count < 500))
      count += this.#waiting[end++]!.events.length
    return this.#waiting.splice(0, end)
  }

  async #deliverAll(events: readonly Sendable[], until: number): Promise<readonly Recorded[]> {
    const byTopic = new Map<string, Message[]>()
    for (const { topic, message } of events) byTopic.set(topic, [...(byTopic.get(topic) ?? []), message])
    const topicMessages = [...byTopic].map(([topic, messages]) => ({ topic, messages }))
    const answer = await this.#acknowledged(topicMessages, until)
    const next = new Map(
      answer.map((one) => [`${one.topicName}/${one.partition}`, BigInt(one.baseOffset ?? '0')]),
    )
    return events.map(({ event, topic, message: { partition } }) => {
      const offset = next.get(`${topic}/${partition}`) ?? 0n
      next.set(`${topic}/${partition}`, offset + 1n)
      return { ...event, at: { topic, partition, offset } } as Recorded
    })
  }

  async #acknowledged(topicMessages: TopicMessages[], until: number): Promise<RecordMetadata[]> {
    const left = (): number => until - performance.now()
    const attempt = async (): Promise<RecordMetadata[]> => {
      let isLate = false
      const send = async (): Promise<RecordMetadata[]> => {
        const producer = this.#producer ?? (await this.#connect())
        if (isLate) {
          await producer.disconnect()
          throw silence()
        }
        this.#producer = producer
        return producer.sendBatch({
          acks: -1,
          timeout: 10_000,
          compression: CompressionTypes.None,
          topicMessages,
        })
      }
      return within(send(), left(), () => {
        isLate = true
        return silence()
      })
    }
    return pRetry(attempt, {
      factor: 2,
      minTimeout: 50,
      maxTimeout: 2000,
      retries: Number.POSITIVE_INFINITY,
      maxRetryTime: Math.max(left(), 0),
      shouldRetry: ({ error }) => !isRefused(error) && left() > 0,
      onFailedAttempt: async ({ error }) => {
        if (!isRefused(error))
          this.#logger.warn({ error: error.message }, 'Kafka did not acknowledge; sending again')
        // kafkajs counts back what it numbers, also of what the broker has taken beside what it refused: the next
        // would pass for a repetition, and be lost.
        const broken = this.#producer
        this.#producer = undefined
        await within(broken?.disconnect() ?? Promise.resolve(), 1000, silence).catch(() => undefined)
      },
    }).catch((error: unknown) => {
      throw isRefused(error)
        ? new RadDeployError('RD_EVENT_TOO_LARGE', `Kafka refused for good: ${messageOf(error)}`, {}, error)
        : unavailable(error)
    })
  }

  async #connect(): Promise<Producer> {
    const producer = this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
      // A producer that cannot send is soon replaced: kafkajs would go on for minutes with a broker that is silent.
      retry: { initialRetryTime: 20, maxRetryTime: 500, retries: 2 },
    })
    try {
      await producer.connect()
      return producer
    } catch (error) {
      await producer.disconnect().catch(() => undefined)
      throw error
    }
  }
}

const isRefused = (error: unknown): boolean =>
  error instanceof Error &&
  (refusals.includes((error as { readonly type?: string }).type ?? '') || isRefused(error.cause))

const unavailable = (cause?: unknown): RadDeployError =>
  new RadDeployError('RD_KAFKA_UNAVAILABLE', 'Kafka did not acknowledge in time', {}, cause)

const silence = (): Error => new Error('the broker was silent for too long')

import { type TopicPartition, placeKey } from '../../infra/kafka/consumer.ts'
import { type EffectParts, Effects } from './effects.ts'
import { Partition } from './partition.ts'
import { type AnyProcessor } from './processor.ts'
import { type Restart } from './restore.ts'
import { Timers } from './timers.ts'

interface Place extends TopicPartition {
  next: bigint
  /** The end of the log as last seen. */
  high: bigint
  readonly liveFrom: bigint
  /** The end of the log when the partition was assigned. */
  readonly end: bigint
}

/** What one instance folds together: a Partition, how far it has read, and the effects it has under way. */
export class Unit {
  readonly partition: Partition
  readonly places: ReadonlyMap<string, Place>
  readonly abort = new AbortController()
  readonly effects: Effects
  readonly timers = new Timers()
  /** Resolves when every topic was read up to its committed offset. */
  readonly restored: Promise<void>
  #restored!: () => void
  #tail: Promise<unknown> = Promise.resolve()
  #wasLevel = false

  constructor(processor: AnyProcessor, restarts: readonly Restart[], effects: EffectParts) {
    this.partition = new Partition(processor)
    this.effects = new Effects(effects, this.abort.signal)
    this.places = new Map(
      restarts.map(({ from: next, committed: liveFrom, high, ...at }) => [
        placeKey(at),
        { topic: at.topic, partition: at.partition, next, liveFrom, high, end: high },
      ]),
    )
    this.restored = new Promise((resolve) => (this.#restored = resolve))
    this.abort.signal.addEventListener('abort', () => this.#restored())
    this.#check()
  }

  get live(): boolean {
    return [...this.places.values()].every(({ next, liveFrom }) => next >= liveFrom)
  }

  /**
   * All is read that was on the log when the partition was assigned. Only then may effects begin: the outcome
   * of one may stand behind the committed offset.
   */
  get level(): boolean {
    return [...this.places.values()].every(({ next, liveFrom, end }) => next >= liveFrom && next >= end)
  }

  /** Calls `task` the first time. */
  onceLevel(task: () => void): void {
    if (this.#wasLevel) return
    this.#wasLevel = true
    task()
  }

  /** Nothing that was on the log when last looked at is still unread: only then may a timer call anyone late. */
  get caughtUp(): boolean {
    return [...this.places.values()].every(({ next, high }) => next >= high)
  }

  /** One after the other, whatever topic it comes from. */
  serially<T>(task: () => Promise<T>): Promise<T> {
    const run = this.#tail.then(task)
    this.#tail = run.catch(() => undefined)
    return run
  }

  advance(at: TopicPartition, next: bigint): void {
    this.places.get(placeKey(at))!.next = next
    this.#check()
  }

  #check(): void {
    if (this.live) this.#restored()
  }
}

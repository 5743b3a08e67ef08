import { type EventType, type Fact, type Recorded, topicOf } from '../../core/event/event.ts'
import { published } from '../../core/event/publish.ts'
import { partitionOf } from '../../core/event/partition.ts'
import { type Events } from '../../schemas/generated/events.ts'
import { type MountRef, type ObjectRef } from '../../schemas/generated/shared.ts'

let offset = 0n

/** Puts a fact on an imagined log: the next offset, and a time that moves ten milliseconds with each. */
export const recorded = <T extends EventType>(
  fact: Fact<T>,
  at: { time?: string; cause?: Recorded } = {},
): Recorded<T> => {
  offset += 1n
  const now = at.time ?? new Date(Date.UTC(2026, 0, 1) + Number(offset) * 10).toISOString()
  const topic = topicOf(fact.type)
  return {
    ...published(fact as Fact, { source: '/test', now, ...(at.cause ? { cause: at.cause.meta } : {}) }),
    at: { topic, partition: partitionOf(topic, fact.stream), offset },
  } as Recorded<T>
}

/** Makes a builder of one type: what a test does not name is as in `defaults`. */
export const builder =
  <T extends EventType>(type: T, stream: (data: Events[T]) => string, defaults: Events[T]) =>
  (data: Partial<Events[T]> = {}, at: { time?: string; cause?: Recorded } = {}): Recorded<T> => {
    const whole = { ...defaults, ...data }
    return recorded({ type, stream: stream(whole), data: whole } as unknown as Fact<T>, at)
  }

/** An object that nobody looks into. */
export const object = (key: string): ObjectRef => ({ key, size: 3, sha256: '0'.repeat(64) })
/** A mount that nobody looks into. */
export const mount = (name: string): MountRef => ({
  name,
  manifest: object(`${name}.json`),
  files: 1,
  bytes: 3,
})

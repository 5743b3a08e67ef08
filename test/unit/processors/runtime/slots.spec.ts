import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { type Effect } from '../../../../core/decider/decider.ts'
import { type Fact } from '../../../../core/event/event.ts'
import { Effects } from '../../../../processors/runtime/effects.ts'
import { type AnyProcessor } from '../../../../processors/runtime/processor.ts'
import { Slots } from '../../../../processors/runtime/slots.ts'
import { an } from '../../../support/events.ts'

const fact = { type: 'WorkerLeft', stream: 'w', data: {} } as unknown as Fact
/** An effect of a lane, called for at a minute of the day. */
const effect = (key: string, lane: string, minute = 0): Effect => {
  const cause = an.runCreated()
  const time = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString()
  return { key, lane, cause: { ...cause, meta: { ...cause.meta, time } } }
}

describe('of one lane', () => {
  test('only a few run at once, and other lanes do not notice', () => {
    const slots = new Slots(8, 2)
    const taken = ['a1', 'a2', 'a3', 'b1', 'b2', 'b3'].filter((key) => slots.take(effect(key, key[0]!)))
    expect(taken).toEqual(['a1', 'a2', 'b1', 'b2'])
    slots.give(effect('a1', 'a'))
    expect(slots.take(effect('b3', 'b'))).toBe(false)
    expect(slots.take(effect('a3', 'a'))).toBe(true)
  })

  test('what was called for first goes first, whichever partition asks first', () => {
    const slots = new Slots(8, 1)
    const [first, old, young] = [effect('first', 'a'), effect('old', 'a', 1), effect('young', 'a', 2)]
    slots.take(first)
    expect(slots.take(young)).toBe(false)
    expect(slots.take(old)).toBe(false)
    slots.give(first)
    expect(slots.take(young)).toBe(false)
    expect(slots.take(old)).toBe(true)
    slots.give(old)
    expect(slots.take(young)).toBe(true)
  })

  test('whoever leaves the queue holds up nobody behind it', () => {
    const slots = new Slots(8, 1)
    const [first, old, young] = [effect('first', 'a'), effect('old', 'a', 1), effect('young', 'a', 2)]
    for (const one of [first, old, young]) slots.take(one)
    slots.leave(old)
    slots.give(first)
    expect(slots.take(young)).toBe(true)
  })

  test('there is room for no more than there are slots in all', () => {
    const slots = new Slots(3, 2)
    expect(['a1', 'a2', 'b1', 'b2'].filter((key) => slots.take(effect(key, key[0]!)))).toHaveLength(3)
    slots.give(effect('a1', 'a'))
    expect(slots.take(effect('b2', 'b'))).toBe(true)
  })
})

/** Effects of two instances' partitions that share slots; those of the lane `down` never end. */
const twoPartitions = (slots: Slots) => {
  const begun: string[] = []
  const stopped = [new AbortController(), new AbortController()] as const
  const run = async function* ({ key, lane }: Effect): AsyncGenerator<Fact> {
    begun.push(key)
    if (lane === 'down') await new Promise(() => undefined)
    yield fact
  }
  const parts = {
    processor: { run } as unknown as AnyProcessor,
    logger: pino({ level: 'silent' }),
    known: () => undefined,
    publish: () => Promise.resolve(),
    slots,
  }
  const [one, two] = stopped.map(({ signal }) => new Effects(parts, signal)) as [Effects, Effects]
  return { one, two, stopped, begun }
}
const pending = (...effects: Effect[]) => effects.map((one) => ({ effect: one, state: undefined }))

test('a destination where all hang delays no other, however much waits for it', () => {
  const { one, begun } = twoPartitions(new Slots(64, 2))
  const hanging = Array.from({ length: 500 }, (_, n) => effect(`down ${n}`, 'down', n))
  one.match(pending(...hanging, effect('well', 'well', 501)), 0)
  expect(begun).toEqual(['down 0', 'down 1', 'well'])
})

test('deliveries to one destination begin in the order in which they were queued', () => {
  const { one, two, begun } = twoPartitions(new Slots(64, 1))
  one.match(pending(effect('0', 'down', 0)), 0)
  two.match(pending(effect('1', 'down', 1)), 0)
  one.match(pending(effect('2', 'down', 2)), 0)
  expect(begun).toEqual(['0'])
})

test('a partition that goes takes its places in the queues with it', async () => {
  const slots = new Slots(64, 1)
  const { one, two, stopped, begun } = twoPartitions(slots)
  two.match(pending(effect('0', 'a', 0)), 0)
  one.match(pending(effect('1', 'a', 1)), 0)
  two.match(pending(effect('2', 'a', 2)), 0)
  expect(begun).toEqual(['0'])
  await new Promise(setImmediate)
  two.match(pending(effect('2', 'a', 2)), 0)
  expect(begun).toEqual(['0'])
  stopped[0].abort()
  two.match(pending(effect('2', 'a', 2)), 0)
  expect(begun).toEqual(['0', '2'])
})

test('what is held keeps nobody waiting', async () => {
  const { one, two, begun } = twoPartitions(new Slots(64, 1))
  two.match(pending(effect('0', 'a', 0)), 0)
  one.match(pending(effect('1', 'a', 1)), 0)
  one.match(pending({ ...effect('1', 'a', 1), held: true }), 0)
  await new Promise(setImmediate)
  two.match(pending(effect('2', 'a', 2)), 0)
  expect(begun).toEqual(['0', '2'])
})

import { pino } from 'pino'
import { expect, test } from 'vitest'
import { type Effect } from '../../../../core/decider/decider.ts'
import { RadDeployError } from '../../../../core/error/error.ts'
import { type Fact } from '../../../../core/event/event.ts'
import { type EffectParts, Effects, NotWanted } from '../../../../processors/runtime/effects.ts'
import { type AnyProcessor, type EffectContext } from '../../../../processors/runtime/processor.ts'
import { Slots } from '../../../../processors/runtime/slots.ts'
import { an } from '../../../support/events.ts'
import { until } from '../../../support/until.ts'

const cause = an.runCreated()
const fact = { type: 'WorkerLeft', stream: 'w', data: {} } as unknown as Fact
const pending = (...keys: string[]) =>
  keys.map((key) => ({ effect: { key, cause }, state: `state of ${key}` }))

/** Effects of a processor whose runs are as given, and what they published. */
const effectsOf = (run: NonNullable<AnyProcessor['run']>, atOnce = 8) => {
  const published: (readonly Fact[])[] = []
  const stopped = new AbortController()
  const parts: EffectParts = {
    processor: { run } as unknown as AnyProcessor,
    logger: pino({ level: 'silent' }),
    known: () => 'what the tables say',
    publish: (facts) => Promise.resolve(published.push(facts)),
    slots: new Slots(atOnce),
  }
  return { effects: new Effects(parts, stopped.signal), published, stopped }
}
/** Runs until it is aborted, and says why it was. */
const untilAborted = (reasons: unknown[], begun: string[] = []) =>
  async function* ({ key }: Effect, { signal }: EffectContext<unknown, unknown>): AsyncGenerator<Fact> {
    begun.push(key)
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    reasons.push(signal.reason)
    yield fact
  }

test('an effect is begun once while it waits, with its state and what the tables say', async () => {
  const seen: unknown[] = []
  const { effects, published } = effectsOf(async function* (effect, { state, known }) {
    seen.push([effect.key, state, known])
    yield* [fact, [fact, fact]]
  })
  effects.match(pending('a'), Date.now())
  effects.match(pending('a'), Date.now())
  await until(() => published.length === 2, 'both facts')
  effects.match(pending('a'), Date.now())
  expect(seen).toEqual([['a', 'state of a', 'what the tables say']])
  expect(published).toEqual([[fact], [fact, fact]])
})

test('an effect that throws is tried again, whatever it threw', async () => {
  let times = 0
  const { effects, published } = effectsOf(async function* () {
    times += 1
    if (times === 1) throw new TypeError('fetch failed')
    yield fact
  })
  effects.match(pending('a'), Date.now())
  await until(() => times === 1, 'the first try')
  await new Promise(setImmediate)
  effects.match(pending('a'), Date.now() + 400)
  expect(times).toBe(1)
  effects.match(pending('a'), Date.now() + 600)
  await until(() => published.length === 1, 'the second try')
  expect(times).toBe(2)
})

test('an effect that is called for no more is told so, and says nothing', async () => {
  const reasons: unknown[] = []
  const { effects, published } = effectsOf(untilAborted(reasons))
  effects.match(pending('a', 'b'), Date.now())
  effects.match(pending('b'), Date.now())
  await until(() => reasons.length === 1, 'the end of a')
  expect(reasons[0]).toBeInstanceOf(NotWanted)
  expect(published).toEqual([])
})

test('an effect of an instance that stops is told so, too, and has another reason', async () => {
  const reasons: unknown[] = []
  const { effects, stopped } = effectsOf(untilAborted(reasons))
  effects.match(pending('a'), Date.now())
  stopped.abort()
  await until(() => reasons.length === 1, 'the end of a')
  expect(reasons[0]).not.toBeInstanceOf(NotWanted)
})

test('no more run at once than there are slots; the next begins when one is over', async () => {
  const [reasons, begun]: [unknown[], string[]] = [[], []]
  const { effects } = effectsOf(untilAborted(reasons, begun), 2)
  effects.match(pending('a', 'b', 'c'), Date.now())
  await until(() => begun.length === 2, 'two')
  effects.match(pending('b', 'c'), Date.now())
  await until(() => {
    effects.match(pending('b', 'c'), Date.now())
    return begun.length === 3
  }, 'the third')
  expect(begun).toEqual(['a', 'b', 'c'])
})

test('an effect that waits to be tried again takes no slot from others', async () => {
  const begun: string[] = []
  const { effects } = effectsOf(async function* ({ key }) {
    begun.push(key)
    if (key === 'a') throw new Error('S3 is away')
    yield fact
  }, 1)
  effects.match(pending('a', 'b'), Date.now())
  await until(() => {
    effects.match(pending('a', 'b'), 0)
    return begun.length === 2
  }, 'b')
  expect(begun).toEqual(['a', 'b'])
})

test('an effect that had nothing to say begins again after a pause, for it is still waited for', async () => {
  let times = 0
  const { effects } = effectsOf(async function* () {
    times += 1
    if (times > 1) yield fact
  })
  effects.match(pending('a'), Date.now())
  await new Promise(setImmediate)
  effects.match(pending('a'), Date.now())
  expect(times).toBe(1)
  effects.match(pending('a'), Date.now() + 600)
  await new Promise(setImmediate)
  effects.match(pending('a'), Date.now() + 1200)
  expect(times).toBe(2)
})

test('what waiting does not mend is put aside once, and still tried', async () => {
  let times = 0
  const { effects, published } = effectsOf(async function* () {
    times += 1
    if (times < 3) throw new RadDeployError('RD_S3_CORRUPT', 'the manifest is not what it was')
    yield fact
  })
  for (const later of [0, 1000, 100_000]) {
    effects.match(pending('a'), Date.now() + later)
    await new Promise(setImmediate)
  }
  expect(times).toBe(3)
  expect(published.flat().map(({ type }) => type)).toEqual(['DeadLettered', 'WorkerLeft'])
})

test('an effect that is held is not begun; one that runs goes on', async () => {
  const [begun, reasons]: [string[], unknown[]] = [[], []]
  const { effects, stopped } = effectsOf(untilAborted(reasons, begun))
  const held = (...keys: string[]) =>
    pending(...keys).map(({ effect, state }) => ({ effect: { ...effect, held: true }, state }))
  effects.match(held('a'), Date.now())
  expect(begun).toEqual([])
  effects.match(pending('a'), Date.now())
  await until(() => begun.length === 1, 'its beginning')
  effects.match(held('a'), Date.now())
  await new Promise(setImmediate)
  expect(reasons).toEqual([])
  stopped.abort()
})

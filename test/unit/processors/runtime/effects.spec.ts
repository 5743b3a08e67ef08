import { pino } from 'pino'
import { expect, test } from 'vitest'
import { type Effect } from '../../../../core/decider/decider.ts'
import { type Fact } from '../../../../core/event/event.ts'
import { type EffectParts, Effects, NotWanted, Slots } from '../../../../processors/runtime/effects.ts'
import { type AnyProcessor, type EffectContext } from '../../../../processors/runtime/processor.ts'
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
  effects.match(pending('a'))
  effects.match(pending('a'))
  await until(() => published.length === 2, 'both facts')
  effects.match(pending('a'))
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
  effects.match(pending('a'))
  await until(() => published.length === 1, 'the second try')
  expect(times).toBe(2)
})

test('an effect that is called for no more is told so, and says nothing', async () => {
  const reasons: unknown[] = []
  const { effects, published } = effectsOf(untilAborted(reasons))
  effects.match(pending('a', 'b'))
  effects.match(pending('b'))
  await until(() => reasons.length === 1, 'the end of a')
  expect(reasons[0]).toBeInstanceOf(NotWanted)
  expect(published).toEqual([])
})

test('an effect of an instance that stops is told so, too, and has another reason', async () => {
  const reasons: unknown[] = []
  const { effects, stopped } = effectsOf(untilAborted(reasons))
  effects.match(pending('a'))
  stopped.abort()
  await until(() => reasons.length === 1, 'the end of a')
  expect(reasons[0]).not.toBeInstanceOf(NotWanted)
})

test('no more run at once than there are slots; the next begins when one is over', async () => {
  const [reasons, begun]: [unknown[], string[]] = [[], []]
  const { effects } = effectsOf(untilAborted(reasons, begun), 2)
  effects.match(pending('a', 'b', 'c'))
  await until(() => begun.length === 2, 'two')
  effects.match(pending('b', 'c'))
  await until(() => {
    effects.match(pending('b', 'c'))
    return begun.length === 3
  }, 'the third')
  expect(begun).toEqual(['a', 'b', 'c'])
})

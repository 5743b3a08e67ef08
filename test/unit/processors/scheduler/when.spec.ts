import { describe, expect, test } from 'vitest'
import { type Recorded } from '../../../../core/event/event.ts'
import { scheduler } from '../../../../processors/scheduler/index.ts'
import { an, mount } from '../../../support/events.ts'
import { memoryStore } from '../../../support/memoryStore.ts'
import { destination, failed, finished, job, runOf } from '../../../support/runs.ts'
import { spec } from '../../../support/spec.ts'

const { decider } = scheduler({ store: memoryStore().store })
const { given } = spec(decider)

const ifCt = (mountName: string) => ({ when: { [mountName]: [{ Modality: ['^CT$'] }] } })
const queued = (model: number, more: object = {}) =>
  an.modelQueued({ jobId: job(model), model, attempt: 1, ...more })
const skipped = (model: number, more: object = {}) => an.modelSkipped({ jobId: job(model), model, ...more })
/** What is to be looked at, by whose cause. */
const pending = (...events: readonly Recorded[]) =>
  decider.pending!(given(...events).state(), undefined).map(({ key, cause }) => [key, cause.meta.id])
const nothing = { name: 'dst', manifest: mount('empty').manifest, files: 0, bytes: 0 }
const endWithout = { type: 'RunFinished', data: { output: nothing, destinations: [] } } as const
const endWith = { type: 'RunFinished', data: { output: mount('dst'), destinations: [destination] } } as const

describe('a model with a condition', () => {
  const run = runOf('src → a', ['a → dst', ifCt('a')])
  const first = finished(0, 'a')

  test('is not queued when its inputs exist: they are looked at, because of what made them exist', () => {
    given(run).when(first).thenNothing()
    expect(pending(run)).toEqual([])
    expect(pending(run, first)).toEqual([[job(1), first.meta.id]])
  })

  test('may stand at the beginning, beside others that start at once', () => {
    const both = runOf(['src → a', ifCt('src')], 'src a → dst', '?src →')
    given()
      .when(both)
      .then({ type: 'ModelQueued', data: { model: 2 } })
    expect(pending(both)).toEqual([[job(0), both.meta.id]])
  })

  test('is looked at no more once the log says that it is queued, or skipped', () => {
    expect(pending(run, first, queued(1))).toEqual([])
    expect(pending(run, first, skipped(1))).toEqual([])
  })

  test('runs like any other once it is queued: it is not looked at before another attempt', () => {
    given(run, first).when(queued(1)).thenNothing()
    given(run, first, queued(1)).when(finished(1, 'dst')).then(endWith)
    const lost = failed(1, { kind: 'lost' })
    given(run, first, queued(1))
      .when(lost)
      .then({ type: 'ModelQueued', data: { jobId: job(1), attempt: 2 } })
    expect(pending(run, first, queued(1), lost)).toEqual([])
  })

  test('of two that say what becomes of it the first holds', () => {
    given(run, first, queued(1)).when(skipped(1)).thenNothing()
    given(run, first, skipped(1)).when(queued(1)).thenNothing()
    given(run, first, skipped(1))
      .when(skipped(1, { reason: 'another' }))
      .thenNothing()
    given(run, first, queued(1), skipped(1)).when(finished(1, 'dst')).then(endWith)
    given(run, first, skipped(1), queued(1)).when(finished(1, 'dst')).thenNothing()
  })

  test('is not looked at in a run that has ended', () => {
    const two = runOf('src → a', ['a → dst', ifCt('a')], 'src →')
    const before = [two, first] as const
    expect(pending(...before)).toHaveLength(1)
    expect(pending(...before, failed(2))).toEqual([])
    expect(pending(...before, an.cancelRequested())).toEqual([])
    expect(pending(...before, an.runCancelled())).toEqual([])
    given(...before, an.cancelRequested())
      .when(skipped(1))
      .thenNothing()
    given(...before, an.cancelRequested())
      .when(queued(1))
      .thenNothing()
  })

  test('is no attempt that a cancelled run had, until it is queued', () => {
    const cancelled = (...attempts: readonly object[]) =>
      ({ type: 'RunCancelled', data: { attempts } }) as const
    given(run, first).when(an.cancelRequested()).then(cancelled())
    given(run, first, queued(1))
      .when(an.cancelRequested())
      .then(cancelled({ jobId: job(1), attempt: 1 }))
  })
})

test('what the scheduler queued without a condition is not taken for more when it reads it back', () => {
  const run = runOf('src → a', 'a → dst')
  given(run).when(queued(0)).thenNothing()
  given(run, queued(0)).when(queued(1)).thenNothing()
  given(run, queued(0), queued(1))
    .when(finished(0, 'a'))
    .then({ type: 'ModelQueued', data: { model: 1 } })
})

describe('a model that is skipped', () => {
  test('lets all be skipped without a word that needs its output, directly or not', () => {
    const chain = runOf('src → dst', ['src → a', ifCt('src')], 'a src → b', 'b →')
    given(chain, skipped(1)).when(finished(0, 'dst')).then(endWith)
    given(chain, finished(0, 'dst')).when(skipped(1)).then(endWith)
  })

  test('leaves alone what does not need its output', () => {
    const two = runOf('src → a', 'a → dst', ['src → b', ifCt('src')], 'b a →')
    given(two, skipped(2))
      .when(finished(0, 'a'))
      .then({ type: 'ModelQueued', data: { model: 1 } })
    given(two, skipped(2), finished(0, 'a')).when(finished(1, 'dst')).then(endWith)
  })

  test('is no failure, optional or not', () => {
    for (const line of ['src →', '?src →'])
      given(runOf('src → dst', [line, ifCt('src')]), skipped(1))
        .when(finished(0, 'dst'))
        .then(endWith)
  })
})

describe('a run whose result cannot be made', () => {
  test('because the model that writes it is skipped ends well, without files, and sends nothing', () =>
    given(runOf(['src → dst', ifCt('src')]))
      .when(skipped(0))
      .then(endWithout))

  test('because what that model needs is skipped ends so, too, when all else is done', () => {
    const run = runOf(['src → a', ifCt('src')], 'a → b', 'b → dst', 'src →')
    given(run).when(skipped(0)).thenNothing()
    given(run, skipped(0)).when(finished(3)).then(endWithout)
    given(run, finished(3)).when(skipped(0)).then(endWithout)
  })

  test('is not sent: its end leads to no delivery', () => {
    const run = runOf(['src → dst', ifCt('src')])
    given(run, skipped(0))
      .when(an.runFinished({ output: nothing, destinations: [] }))
      .thenNothing()
  })

  test('fails where an optional model failed that it needs, though it needs a skipped one, too', () => {
    const run = runOf(['src → a', ifCt('src')], '?src → b', 'a b → dst')
    const end = { type: 'RunFailed', data: { jobId: job(1) } } as const
    given(run).when(failed(1)).then(end)
    given(run, skipped(0)).when(failed(1)).then(end)
  })

  test('ends well where an optional model failed that it does not need', () => {
    const run = runOf(['src → dst', ifCt('src')], '?src →')
    given(run, skipped(0)).when(failed(1)).then(endWithout)
    given(run, failed(1)).when(skipped(0)).then(endWithout)
  })

  test('fails where a model that is not optional fails beside a skipped one', () =>
    given(runOf(['src → dst', ifCt('src')], 'src →'), skipped(0))
      .when(failed(1))
      .then({ type: 'RunFailed', data: { jobId: job(1) } }))
})

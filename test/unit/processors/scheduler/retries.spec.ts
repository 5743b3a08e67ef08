import { describe, expect, test } from 'vitest'
import { scheduler } from '../../../../processors/scheduler/index.ts'
import { memoryStore } from '../../../support/memoryStore.ts'
import { failed, finished, job, runOf } from '../../../support/runs.ts'
import { spec } from '../../../support/spec.ts'

const { given } = spec(scheduler({ store: memoryStore().store }).decider)

const at = (seconds: number) => ({ time: new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString() })
const ms = (seconds: number): number => Date.UTC(2026, 0, 1) + seconds * 1000
const again = (attempt: number, notBefore: number | null) =>
  ({ type: 'ModelQueued', data: { jobId: job(0), attempt, notBefore } }) as const
const fails = (attempt: number, kind: string, seconds = 0) =>
  failed(0, { attempt, kind: kind as 'exit' }, at(seconds))

/** One model, that is tried again as the flow says. */
const tried = (retries: unknown) => runOf(['src → dst', { retries }])

describe('a model that failed is tried again as often as the flow says', () => {
  test('not before a pause that begins with the failure, and doubles with each', () => {
    const run = tried({ times: 3, backoff: 30, longest: 90 })
    given(run)
      .when(fails(1, 'exit', 100))
      .then(again(2, ms(130)))
    given(run, fails(1, 'exit', 100))
      .when(fails(2, 'exit', 140))
      .then(again(3, ms(200)))
    given(run, fails(1, 'exit', 100), fails(2, 'exit', 140))
      .when(fails(3, 'exit', 210))
      .then(again(4, ms(300)))
  })

  test('and then the run fails', () =>
    given(tried({ times: 1 }), fails(1, 'exit'))
      .when(fails(2, 'exit'))
      .then({ type: 'RunFailed', data: { jobId: job(0) } }))

  test('on the kinds of failure that the flow names, and on no other', () => {
    const run = tried({ times: 2, on: ['oom'] })
    given(run)
      .when(fails(1, 'oom', 5))
      .then(again(2, ms(35)))
    given(run).when(fails(1, 'exit')).then({ type: 'RunFailed', data: {} })
    given(run, fails(1, 'oom')).when(fails(2, 'exit')).then({ type: 'RunFailed', data: {} })
  })

  test('at once, as without the flow’s word, where it was not the failure of the model', () => {
    given(tried({ times: 2, on: ['oom'] }))
      .when(fails(1, 'lost'))
      .then(again(2, null))
    given(tried(undefined)).when(fails(1, 'engine')).then(again(2, null))
  })

  test('after a pause that need not be whole milliseconds when it is doubled', () =>
    given(tried({ times: 1, backoff: 1.001 }))
      .when(fails(1, 'exit'))
      .then(again(2, ms(1.001))))
})

test('the first failure of an attempt sets the pause: what is said of it again changes nothing', () =>
  given(tried({ times: 3 }), fails(1, 'exit', 100))
    .when(fails(1, 'oom', 200))
    .thenNothing())

test('a late result of the attempt that failed does not count, that of the next one does', () => {
  const run = tried(1)
  given(run, fails(1, 'timeout')).when(finished(0, 'dst')).thenNothing()
  const second = finished(0, 'dst')
  const { facts } = given(run, fails(1, 'timeout')).when({
    ...second,
    data: { ...second.data, attempt: 2 },
  })
  expect(facts).toMatchObject([{ type: 'RunFinished' }])
})

test('an optional model is tried again before the run goes on without it', () => {
  const run = runOf('src → dst', ['?src →', { retries: { times: 1, backoff: 10 } }])
  given(run, finished(0, 'dst'))
    .when(failed(1, {}, at(0)))
    .then({ type: 'ModelQueued', data: { jobId: job(1), attempt: 2, notBefore: ms(10) } })
  given(run, finished(0, 'dst'), failed(1))
    .when(failed(1, { attempt: 2 }))
    .then({ type: 'RunFinished', data: {} })
})

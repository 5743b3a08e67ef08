import { describe, test } from 'vitest'
import { scheduler } from '../../../../processors/scheduler/index.ts'
import { mount } from '../../../support/events.ts'
import { memoryStore } from '../../../support/memoryStore.ts'
import { failed, finished, job, runOf } from '../../../support/runs.ts'
import { spec } from '../../../support/spec.ts'

const { given } = spec(scheduler({ store: memoryStore().store }).decider)

const end = { type: 'RunFinished', data: { output: mount('dst') } } as const

/** One that nothing depends on, beside one that makes the result. */
const report = runOf('src → dst', '?src →')
/** The result needs neither the optional model nor the two that build on it. */
const chain = runOf('src → dst', '?src → a', 'a src → b', 'b →')

describe('an optional model that fails', () => {
  test('does not end a run whose other models go on', () => {
    given(report).when(failed(1)).thenNothing()
    given(report, failed(1)).when(finished(0, 'dst')).then(end)
  })

  test('ends a run well that waits for nothing else', () =>
    given(report, finished(0, 'dst')).when(failed(1)).then(end))

  test('is tried again first where the failure was not its own', () => {
    given(report, finished(0, 'dst'))
      .when(failed(1, { kind: 'lost' }))
      .then({ type: 'ModelQueued', data: { jobId: job(1), attempt: 2 } })
    given(report, finished(0, 'dst'), failed(1, { kind: 'lost' }))
      .when(failed(1, { kind: 'exit', attempt: 2 }))
      .then(end)
  })

  test('has no second outcome: what is said later of it changes nothing', () =>
    given(report, failed(1)).when(finished(1)).thenNothing())

  test('lets all be skipped that needs its output, directly or not', () => {
    given(chain).when(failed(1)).thenNothing()
    given(chain, failed(1)).when(finished(0, 'dst')).then(end)
    given(chain, finished(0, 'dst')).when(failed(1)).then(end)
  })

  test('leaves alone what does not need its output', () => {
    const two = runOf('src → a', 'a → dst', '?src → b', 'b a →')
    given(two, failed(2))
      .when(finished(0, 'a'))
      .then({ type: 'ModelQueued', data: { model: 1 } })
    given(two, failed(2), finished(0, 'a')).when(finished(1, 'dst')).then(end)
  })

  test('fails the run where the result cannot be made without it, and the reason says so', () => {
    const reason = 'exit: it ended with exit code 3; it is optional, but "dst" cannot be made without it'
    const message = 'it ended with exit code 3'
    given(runOf('?src → dst'))
      .when(failed(0, { message }))
      .then({ type: 'RunFailed', data: { jobId: job(0), name: 'm0', reason } })
    given(runOf('src → a', '?a → b', 'b a → c', 'c → dst'), finished(0, 'a'))
      .when(failed(1, { message }))
      .then({ type: 'RunFailed', data: { jobId: job(1), name: 'm1', reason } })
  })

  test('may be one of several', () => {
    const three = runOf('src → dst', '?src → a', '?src → b', 'a b →')
    given(three, failed(1), failed(2)).when(finished(0, 'dst')).then(end)
    given(three, failed(1), finished(0, 'dst')).when(finished(2, 'b')).then(end)
    given(three, failed(1), finished(0, 'dst')).when(failed(2)).then(end)
  })
})

test('a skipped model does not hide the failure of one that is needed', () =>
  given(chain, failed(1))
    .when(failed(0))
    .then({ type: 'RunFailed', data: { jobId: job(0), name: 'm0' } }))

test('a model that is not optional and builds on a finished optional one may still fail the run', () =>
  given(chain, finished(1, 'a'), finished(0, 'dst')).when(failed(2)).then({ type: 'RunFailed', data: {} }))

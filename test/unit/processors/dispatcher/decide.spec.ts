import { describe, expect, test } from 'vitest'
import { dispatcher } from '../../../../processors/dispatcher/index.ts'
import { an } from '../../../support/events.ts'
import { spec } from '../../../support/spec.ts'

const { given } = spec(dispatcher().decider)
const one = an.workerJoined({ workerId: 'worker-1', slots: 1 })
const queued = (jobId: string, more: Partial<Parameters<typeof an.modelQueued>[0]> = {}) =>
  an.modelQueued({ runId: `run of ${jobId}`, jobId, ...more })

describe('the dispatcher', () => {
  test('gives a waiting job to a free slot', () =>
    given(one)
      .when(queued('a'))
      .then({ type: 'ModelAssigned', data: { jobId: 'a', workerId: 'worker-1', slot: 0, attempt: 1 } }))

  test('lets a job wait while no worker is there, and places it when one joins', () => {
    given().when(queued('a')).thenNothing()
    given(queued('a'))
      .when(one)
      .then({ type: 'ModelAssigned', data: { jobId: 'a' } })
  })

  test('takes a slot at once: a second job does not get it, even before the first assignment is read back', () =>
    given(one, queued('a')).when(queued('b')).thenNothing())

  test('gives a slot that became free to the job with the highest priority, then to the oldest', () => {
    const busy = [one, queued('a'), queued('old'), queued('new'), queued('urgent', { priority: 5 })]
    given(...busy)
      .when(an.modelFinished({ jobId: 'a' }))
      .then({ type: 'ModelAssigned', data: { jobId: 'urgent' } })
    given(...busy, an.modelFinished({ jobId: 'a' }))
      .when(an.modelFailed({ jobId: 'urgent' }))
      .then({ type: 'ModelAssigned', data: { jobId: 'old' } })
  })

  test('never lets a slot idle: a job that fits passes one that needs a GPU nobody has', () =>
    given(queued('gpu', { gpus: 1, priority: 5 }), queued('cpu'))
      .when(one)
      .then({ type: 'ModelAssigned', data: { jobId: 'cpu' } }))

  test('hands out each GPU once', () => {
    const gpus = an.workerJoined({ slots: 3, gpus: ['0'] })
    given(gpus)
      .when(queued('a', { gpus: 1 }))
      .then({ type: 'ModelAssigned', data: { gpus: ['0'] } })
    given(gpus, queued('a', { gpus: 1 }))
      .when(queued('b', { gpus: 1 }))
      .thenNothing()
  })

  test('of two assignments of one attempt, the first on the log holds', () => {
    const two = [one, an.workerJoined({ workerId: 'worker-2', slots: 1 })]
    const elsewhere = an.modelAssigned({ runId: 'run of a', jobId: 'a', workerId: 'worker-2' })
    given(...two, queued('a'), elsewhere)
      .when(queued('b'))
      .then({ type: 'ModelAssigned', data: { workerId: 'worker-1' } })
  })

  test('spreads jobs over the workers with the most free slots', () => {
    const two = [an.workerJoined({ slots: 2 }), an.workerJoined({ workerId: 'worker-2', slots: 2 })]
    given(...two, queued('a'))
      .when(queued('b'))
      .then({ type: 'ModelAssigned', data: { workerId: 'worker-2' } })
  })

  test('says an assignment again when two heartbeats passed without it on the log', () => {
    const waiting = [one, queued('a'), an.workerHeartbeat({ slots: 1, sentAt: 1 })]
    given(one, queued('a'))
      .when(an.workerHeartbeat({ slots: 1, sentAt: 1 }))
      .thenNothing()
    given(...waiting)
      .when(an.workerHeartbeat({ slots: 1, sentAt: 2 }))
      .then({ type: 'ModelAssigned', data: { jobId: 'a', workerId: 'worker-1' } })
    given(...waiting, an.modelAssigned({ jobId: 'a' }))
      .when(an.workerHeartbeat({ slots: 1, sentAt: 2 }))
      .thenNothing()
  })

  test('declares lost what a silent worker had, once its lease has run out', () => {
    const joined = an.workerJoined({ slots: 1 }, { time: '2026-01-01T00:00:00.000Z' })
    const early = an.timerFired({ dueAt: Date.parse('2026-01-01T00:00:29.000Z') })
    const late = an.timerFired({ dueAt: Date.parse('2026-01-01T00:00:30.000Z') })
    given(joined, queued('a')).when(early).thenNothing()
    given(joined, queued('a'))
      .when(late)
      .then({ type: 'ModelFailed', data: { jobId: 'a', kind: 'lost', attempt: 1 } })
    given(joined, queued('a'), late).when(queued('b')).thenNothing()
    const heard = an.workerHeartbeat({ sentAt: 9 }, { time: '2026-01-01T00:00:25.000Z' })
    given(joined, queued('a'), heard).when(late).thenNothing()
  })

  test('wakes when the first lease runs out', () => {
    const state = given(an.workerJoined({}, { time: '2026-01-01T00:00:00.000Z' })).state()
    expect(dispatcher().decider.wakeAt!(state)).toBe(Date.parse('2026-01-01T00:00:30.000Z'))
  })

  test('gives nothing more to a worker that left', () =>
    given(one, {
      ...an.workerJoined(),
      type: 'WorkerLeft',
      data: { workerId: 'worker-1', sentAt: 0, reason: 'stop' },
    } as never)
      .when(queued('a'))
      .thenNothing())

  test('a job whose run failed elsewhere never starts', () =>
    given(one, queued('a'), an.modelQueued({ runId: 'other', jobId: 'b' }), an.runFailed({ runId: 'other' }))
      .when(an.modelFinished({ jobId: 'a' }))
      .thenNothing())

  test('a new attempt of a lost job is placed again', () =>
    given(one, queued('a'), an.modelFailed({ jobId: 'a', kind: 'lost' }))
      .when(queued('a', { attempt: 2 }))
      .then({ type: 'ModelAssigned', data: { jobId: 'a', attempt: 2 } }))
})

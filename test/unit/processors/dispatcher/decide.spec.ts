import { describe, test } from 'vitest'
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

  test('makes an assignment anew that was planned and is not on the log ten seconds later', () => {
    const at = (seconds: number) => ({ time: new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString() })
    const timer = (seconds: number) =>
      an.timerFired({ dueAt: Date.UTC(2026, 0, 1) + seconds * 1000 }, at(seconds))
    const waits = an.modelQueued({ runId: 'run of a', jobId: 'a' }, at(1))
    const planned = [an.workerJoined({ slots: 1 }, at(0)), waits]
    given(...planned)
      .when(timer(10))
      .thenNothing()
    given(...planned)
      .when(timer(11))
      .then({ type: 'ModelAssigned', data: { jobId: 'a', attempt: 1, workerId: 'worker-1' } })
    given(...planned, an.modelAssigned({ runId: 'run of a', jobId: 'a' }, at(2)))
      .when(timer(11))
      .thenNothing()
  })

  test('after a restart that read its topics in another order, gives no slot away that the log has given', () => {
    const [a, b] = [queued('a'), queued('b')]
    const assigned = an.modelAssigned({ runId: 'run of a', jobId: 'a' })
    given(one, b, a, assigned)
      .when(an.timerFired({ dueAt: Date.UTC(2026, 0, 1) }))
      .thenNothing()
    given(one, b, a, assigned)
      .when(an.modelFinished({ jobId: 'a' }))
      .then({ type: 'ModelAssigned', data: { jobId: 'b', slot: 0 } })
    given(one, a, an.workerDrained())
      .when(an.workerJoined({ workerId: 'worker-2', slots: 1 }))
      .then({ type: 'ModelAssigned', data: { jobId: 'a', workerId: 'worker-2' } })
  })

  test('takes the place of the log, GPUs and all', () => {
    const gpus = an.workerJoined({ slots: 2, gpus: ['0', '1'] })
    const elsewhere = an.modelAssigned({ runId: 'run of a', jobId: 'a', gpus: ['1'] })
    given(gpus, queued('a', { gpus: 1 }), elsewhere)
      .when(queued('b', { gpus: 1 }))
      .then({ type: 'ModelAssigned', data: { jobId: 'b', slot: 1, gpus: ['0'] } })
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

  test('a job goes last to the workers on which it has failed, and to them rather than to none', () => {
    const two = [one, an.workerJoined({ workerId: 'worker-2', slots: 1 })]
    const third = an.workerJoined({ workerId: 'worker-3', slots: 1 })
    const failed = (attempt: number, workerId: string) =>
      an.modelFailed({ jobId: 'a', kind: 'engine', attempt, workerId })
    const again = [...two, queued('a'), failed(1, 'worker-1')]
    given(...again)
      .when(queued('a', { attempt: 2 }))
      .then({ type: 'ModelAssigned', data: { workerId: 'worker-2' } })
    given(...again, queued('a', { attempt: 2 }), failed(2, 'worker-2'), third)
      .when(queued('a', { attempt: 3 }))
      .then({ type: 'ModelAssigned', data: { workerId: 'worker-3' } })
    given(one, queued('a'), failed(1, 'worker-1'))
      .when(queued('a', { attempt: 2 }))
      .then({ type: 'ModelAssigned', data: { workerId: 'worker-1' } })
    given(...again)
      .when(queued('b'))
      .then({ type: 'ModelAssigned', data: { workerId: 'worker-1' } })
  })
})

import { describe, expect, test } from 'vitest'
import { dispatcher } from '../../../../processors/dispatcher/index.ts'
import { an } from '../../../support/events.ts'
import { spec } from '../../../support/spec.ts'

const { decider } = dispatcher()
const { given } = spec(decider)
const queued = (jobId: string, more: Partial<Parameters<typeof an.modelQueued>[0]> = {}) =>
  an.modelQueued({ runId: `run of ${jobId}`, jobId, ...more })
const time = (seconds: number): { time: string } => ({
  time: new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString(),
})
const timer = (seconds: number) =>
  an.timerFired({ dueAt: Date.UTC(2026, 0, 1) + seconds * 1000 }, time(seconds))
const lost = { type: 'ModelFailed', data: { jobId: 'a', kind: 'lost', attempt: 1 } } as const

describe('a silent worker', () => {
  const joined = an.workerJoined({ slots: 1 }, time(0))
  const had = an.modelAssigned({ runId: 'run of a', jobId: 'a' }, time(1))

  test('has lost what it had once its lease has run out', () => {
    given(joined, queued('a'), had).when(timer(29)).thenNothing()
    given(joined, queued('a'), had).when(timer(30)).then(lost)
    given(joined, queued('a'), had, timer(30)).when(queued('b')).thenNothing()
    const heard = an.workerHeartbeat({ sentAt: 9 }, time(25))
    given(joined, queued('a'), had, heard).when(timer(30)).thenNothing()
  })

  test('is waited for until its lease runs out', () => {
    const state = given(an.workerJoined({}, time(0))).state()
    expect(decider.wakeAt!(state)).toBe(Date.UTC(2026, 0, 1, 0, 0, 30))
  })

  test('is declared lost again a lease later where the log does not have it, and forgotten where it has', () => {
    const silent = [joined, queued('a'), had, timer(30)]
    given(...silent)
      .when(timer(60))
      .then(lost)
    given(...silent, an.modelFailed(lost.data))
      .when(timer(60))
      .thenNothing()
    expect(
      given(...silent, an.modelFailed(lost.data), timer(60)).state().workers.size,
      'workers that are known',
    ).toBe(0)
  })

  test('gets nothing from the moment its lease has run out, as after a restart, until it is heard again', () => {
    const late = an.modelQueued({ runId: 'run of b', jobId: 'b' }, time(30))
    const inTime = an.modelQueued({ runId: 'run of b', jobId: 'b' }, time(29))
    const placed = { type: 'ModelAssigned', data: { jobId: 'b', workerId: 'worker-1' } } as const
    given(joined).when(inTime).then(placed)
    given(joined).when(late).thenNothing()
    given(joined, late)
      .when(an.workerHeartbeat({ slots: 1, sentAt: 31 }, time(31)))
      .then(placed)
    const other = an.workerJoined({ workerId: 'worker-2', slots: 1, labels: ['more'] }, time(20))
    given(joined, other)
      .when(late)
      .then({ type: 'ModelAssigned', data: { jobId: 'b', workerId: 'worker-2' } })
  })

  test('has lost nothing that it is heard of for after all', () => {
    const back = an.workerHeartbeat({ slots: 1, sentAt: 31 }, time(31))
    given(joined, queued('a'), had, timer(30), back).when(queued('b')).thenNothing()
    given(joined, queued('a'), had, timer(30), back)
      .when(an.modelFinished({ jobId: 'a' }))
      .thenNothing()
  })
})

test('what was only planned for a silent worker is not lost: it waits again', () => {
  const joined = an.workerJoined({ slots: 1 }, time(0))
  const other = an.workerJoined({ workerId: 'worker-2', slots: 1 }, time(20))
  given(joined, queued('a'), other)
    .when(timer(30))
    .then({ type: 'ModelAssigned', data: { jobId: 'a', workerId: 'worker-2', attempt: 1 } })
})

describe('a worker of which only an assignment is left on the log', () => {
  const assigned = an.modelAssigned({ jobId: 'a', workerId: 'gone' }, time(10))

  test('loses its job when nothing is heard of it for a lease', () => {
    const state = given(queued('a'), assigned).state()
    expect(decider.wakeAt!(state)).toBe(Date.UTC(2026, 0, 1, 0, 0, 40))
    given(queued('a'), assigned).when(timer(39)).thenNothing()
    given(queued('a'), assigned).when(timer(40)).then(lost)
  })

  test('gets nothing more before it is heard of, and then what it offers', () => {
    given(queued('a'), assigned).when(queued('b')).thenNothing()
    given(queued('a'), assigned, queued('b'))
      .when(an.workerHeartbeat({ workerId: 'gone', slots: 2 }, time(20)))
      .then({ type: 'ModelAssigned', data: { jobId: 'b', workerId: 'gone', slot: 1 } })
  })

  test('changes nothing of a worker that is known', () => {
    const known = an.workerJoined({ workerId: 'gone', slots: 2 }, time(5))
    given(known, queued('a'), assigned)
      .when(queued('b'))
      .then({ type: 'ModelAssigned', data: { jobId: 'b', workerId: 'gone' } })
  })
})

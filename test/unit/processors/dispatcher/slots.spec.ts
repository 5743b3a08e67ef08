import { describe, expect, test } from 'vitest'
import { type Recorded } from '../../../../core/event/event.ts'
import { dispatcher } from '../../../../processors/dispatcher/index.ts'
import { an } from '../../../support/events.ts'
import { spec } from '../../../support/spec.ts'

const { decider } = dispatcher()
const { given } = spec(decider)
const one = an.workerJoined({ workerId: 'worker-1', slots: 1 })
const queued = (jobId: string, more: Partial<Parameters<typeof an.modelQueued>[0]> = {}) =>
  an.modelQueued({ runId: `run of ${jobId}`, jobId, ...more })
const beat = (sentAt: number) => an.workerHeartbeat({ slots: 1, sentAt })
const assignedB = { type: 'ModelAssigned', data: { jobId: 'b', slot: 0 } } as const

describe('the slot of a run that has ended', () => {
  const running = [one, queued('a'), an.modelAssigned({ jobId: 'a' }), an.runFailed({ runId: 'run of a' })]

  test('stays taken while its model runs, and is free with the outcome', () => {
    given(...running)
      .when(queued('b'))
      .thenNothing()
    given(...running, queued('b'))
      .when(an.modelFinished({ jobId: 'a' }))
      .then(assignedB)
  })

  test('is free where the assignment stands behind the end of the run: nobody heeds it', () => {
    const end = an.runFailed({ runId: 'run of a' })
    given(one, queued('a'), end, an.modelAssigned({ runId: 'run of a', jobId: 'a' }))
      .when(queued('b'))
      .then(assignedB)
  })

  test('is free when the run is cancelled after it has failed', () =>
    given(...running, queued('b'))
      .when(an.runCancelled({ runId: 'run of a' }))
      .then(assignedB))

  test('is free when its worker is lost', () => {
    const dead = an.timerFired({ dueAt: Date.UTC(2027, 0, 1) })
    given(...running)
      .when(dead)
      .then({ type: 'ModelFailed', data: { jobId: 'a', kind: 'lost' } })
    given(...running, dead, an.modelFailed({ jobId: 'a', kind: 'lost' }), queued('b'))
      .when(beat(1))
      .then(assignedB)
  })
})

describe('what is queued a second time, after its stream was forgotten', () => {
  test('takes no slot once that attempt has ended', () => {
    for (const outcome of [an.modelFinished({ jobId: 'a' }), an.modelFailed({ jobId: 'a' })])
      given(one, queued('a'), outcome).when(queued('a')).thenNothing()
  })

  test('takes no slot once its run has ended, though it never started', () => {
    for (const end of [an.runFailed({ runId: 'run of a' }), an.runFinished({ runId: 'run of a' })])
      given(queued('a'), end, one).when(queued('a')).thenNothing()
  })

  test('is told from the next attempt', () =>
    given(one, queued('a'), an.modelFailed({ jobId: 'a', kind: 'lost' }))
      .when(queued('a', { attempt: 2 }))
      .then({ type: 'ModelAssigned', data: { attempt: 2 } }))

  test('is remembered within bounds', () => {
    let floor = given(one).state()
    for (let run = 0; run < 10_050; run += 1)
      floor = decider.evolve(floor, an.runFinished({ runId: `run ${run}` }))
    expect(floor.ended.size).toBe(10_000)
    expect(floor.ended.last()).toBe('run 10049')
  })
})

describe('a stream is read again at a restart', () => {
  const failed = an.modelFailed({ jobId: 'a', kind: 'engine' })
  const isOpen = (...events: readonly Recorded[]): boolean =>
    decider.isOpen(given(...events).state(), 'run of a')

  test('as long as its run goes on: it matters where its jobs failed, and for how long they have waited', () => {
    expect(isOpen(one, queued('a'))).toBe(true)
    expect(isOpen(one, queued('a'), failed)).toBe(true)
    expect(isOpen(one, queued('a'), failed, an.runFailed({ runId: 'run of a' }))).toBe(false)
    expect(isOpen(one, queued('a'), an.modelFinished({ jobId: 'a' }))).toBe(true)
    const ended = an.runFinished({ runId: 'run of a' })
    expect(isOpen(one, queued('a'), an.modelFinished({ jobId: 'a' }), ended)).toBe(false)
  })

  test('and not for a failure after its end', () => {
    const assigned = an.modelAssigned({ jobId: 'a' })
    expect(isOpen(one, queued('a'), assigned, an.runFailed({ runId: 'run of a' }), failed)).toBe(false)
  })
})

import { describe, expect, test } from 'vitest'
import { dispatcher } from '../../../../processors/dispatcher/index.ts'
import { an } from '../../../support/events.ts'
import { spec } from '../../../support/spec.ts'

const { decider } = dispatcher()
const { given } = spec(decider)
const one = an.workerJoined({ slots: 2 })
const queued = (jobId: string) => an.modelQueued({ runId: `run of ${jobId}`, jobId })
const assigned = (jobId: string) =>
  ({ type: 'ModelAssigned', data: { jobId, workerId: 'worker-1' } }) as const

describe('a drained worker', () => {
  test('gets nothing more', () => given(one, an.workerDrained()).when(queued('a')).thenNothing())

  test('goes on with what it has', () => {
    const state = given(one, queued('a'), an.modelAssigned({ jobId: 'a' }), an.workerDrained()).state()
    expect(state.placed.has('a')).toBe(true)
  })

  test('gets what waits when it is resumed', () =>
    given(one, an.workerDrained(), queued('a')).when(an.workerResumed()).then(assigned('a')))

  test('stays drained when it is started again, and when the dispatcher is', () => {
    given(one, an.workerDrained(), queued('a'))
      .when(an.workerJoined({ sentAt: 1 }))
      .thenNothing()
    given(an.workerDrained(), queued('a')).when(one).thenNothing()
    expect(decider.isOpen(given(an.workerDrained()).state(), 'worker-1')).toBe(true)
    expect(decider.isOpen(given(an.workerDrained(), an.workerResumed()).state(), 'worker-1')).toBe(false)
  })
})

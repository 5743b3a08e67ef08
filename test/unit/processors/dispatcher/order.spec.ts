import { describe, expect, test } from 'vitest'
import { dispatcher } from '../../../../processors/dispatcher/index.ts'
import { an } from '../../../support/events.ts'
import { spec } from '../../../support/spec.ts'

const { decider } = dispatcher()
const { given } = spec(decider)
type Job = Parameters<typeof an.modelQueued>[0]
const minute = 60_000
const epoch = Date.UTC(2026, 0, 1)
const at = (ms: number): { time: string } => ({ time: new Date(epoch + ms).toISOString() })
const queued = (jobId: string, ms: number, more: Job = {}) =>
  an.modelQueued({ runId: `run of ${jobId}`, jobId, ...more }, at(ms))
const timer = (ms: number) => an.timerFired({ dueAt: epoch + ms }, at(ms))
const one = an.workerJoined({ slots: 1, leaseMs: 1000 * minute }, at(0))
const first = (jobId: string) => ({ type: 'ModelAssigned', data: { jobId } }) as const

describe('what waits longer gains on what is more urgent', () => {
  const busy = [one, queued('runs', 0)]
  const free = an.modelFinished({ jobId: 'runs' })

  test('by ten minutes for each level of priority', () => {
    given(...busy, queued('old', 0), queued('urgent', 9 * minute, { priority: 1 }))
      .when(free)
      .then(first('urgent'))
    given(...busy, queued('old', 0), queued('urgent', 11 * minute, { priority: 1 }))
      .when(free)
      .then(first('old'))
    given(...busy, queued('old', 0), queued('urgent', 49 * minute, { priority: 5 }))
      .when(free)
      .then(first('urgent'))
  })

  test('so that it starts in the end, however many urgent ones come', () => {
    const urgent = Array.from({ length: 60 }, (_, index) => `urgent ${index}`)
    let floor = given(...busy, queued('old', 1)).state()
    let running = 'runs'
    const started: string[] = []
    for (const [index, id] of urgent.entries()) {
      floor = decider.evolve(floor, queued(id, (index + 1) * minute, { priority: 5 }))
      const end = an.modelFinished({ jobId: running })
      floor = decider.evolve(floor, end)
      running = String((decider.decide(floor, end, undefined)[0]!.data as { jobId: string }).jobId)
      started.push(running)
    }
    expect(started.indexOf('old')).toBe(50)
  })

  test('and keeps its age when it is tried again', () => {
    const lost = an.modelFailed({ jobId: 'old', kind: 'lost' })
    const again = queued('old', 20 * minute, { attempt: 2 })
    given(one, queued('old', 0), queued('young', 5 * minute), lost, again)
      .when(an.modelFinished({ jobId: 'young' }))
      .then(first('old'))
  })
})

describe('a large model that small ones pass', () => {
  const two = an.workerJoined({ slots: 2, cpus: 2, leaseMs: 1000 * minute }, at(0))
  const has = (jobId: string, slot: number) =>
    an.modelAssigned({ runId: `run of ${jobId}`, jobId, slot }, at(1))
  const small = [queued('a', 0), queued('b', 0), has('a', 0), has('b', 1)]
  const passed = [two, ...small, queued('large', 1, { cpus: 2 }), queued('c', 2)]

  test('lets them pass at first: no slot idles', () =>
    given(...passed)
      .when(an.modelFinished({ jobId: 'a' }))
      .then(first('c')))

  test('has what it needs on a worker kept for it after half an hour', () => {
    const later = [...passed, timer(30 * minute + 1)]
    given(...later)
      .when(an.modelFinished({ jobId: 'a' }))
      .thenNothing()
    given(...later, an.modelFinished({ jobId: 'a' }))
      .when(an.modelFinished({ jobId: 'b' }))
      .then(first('large'))
    expect(decider.wakeAt!(given(...passed).state())).toBe(epoch + 30 * minute + 1)
  })

  test('keeps none free from those that go before it', () => {
    const later = [...passed, timer(30 * minute + 1), an.modelFinished({ jobId: 'a' })]
    given(...later)
      .when(queued('urgent', 31 * minute, { priority: 5 }))
      .then(first('urgent'))
  })

  test('leaves the rest of that worker to others', () => {
    const gpu = an.workerJoined({ slots: 8, cpus: 8, gpus: ['0'], leaseMs: 1000 * minute }, at(0))
    const mine = an.modelAssigned({ runId: 'run of a', jobId: 'a', gpus: ['0'] }, at(1))
    const busy = [gpu, queued('a', 0, { gpus: 1 }), mine, queued('waits', 1, { gpus: 1 })]
    given(...busy, timer(31 * minute))
      .when(queued('b', 31 * minute))
      .then(first('b'))
    given(...busy, timer(31 * minute), queued('b', 31 * minute))
      .when(queued('c', 31 * minute, { gpus: 1 }))
      .thenNothing()
  })

  test('has it kept on one of several workers only', () => {
    const other = an.workerJoined({ workerId: 'worker-2', slots: 2, cpus: 2, leaseMs: 1000 * minute }, at(0))
    const full = ['a', 'b', 'c', 'd'].map((id) => queued(id, 0))
    const waiting = [queued('large', 1, { cpus: 2 }), queued('e', 2)]
    const where = (id: string) =>
      given(two, other, ...full)
        .state()
        .placed.get(id)!.place
    const read = ['a', 'b', 'c', 'd'].map((jobId) =>
      an.modelAssigned({ runId: `run of ${jobId}`, jobId, ...where(jobId) }, at(3)),
    )
    const before = [two, other, ...full, ...read, ...waiting, timer(30 * minute + 1)]
    const next = ['b', 'c', 'd'].find((id) => where(id).workerId !== where('a').workerId)!
    given(...before)
      .when(an.modelFinished({ jobId: 'a' }))
      .thenNothing()
    given(...before, an.modelFinished({ jobId: 'a' }))
      .when(an.modelFinished({ jobId: next }))
      .then(first('e'))
  })

  test('has not been passed yet when it is tried again: it counts from there', () => {
    const late = queued('large', 29 * minute, { cpus: 2, attempt: 2 })
    given(two, ...small, late, queued('c', 29 * minute), timer(31 * minute))
      .when(an.modelFinished({ jobId: 'a' }))
      .then(first('c'))
  })
})

describe('a model that waits for the end of a back-off', () => {
  const paused = queued('a', 0, { notBefore: epoch + 5 * minute, attempt: 2 })

  test('takes no slot before its time, and lets others pass', () => {
    given(one).when(paused).thenNothing()
    given(one, paused).when(queued('b', 1)).then(first('b'))
  })

  test('goes when its time has come', () => {
    given(one, paused)
      .when(timer(4 * minute))
      .thenNothing()
    given(one, paused)
      .when(timer(5 * minute))
      .then({ type: 'ModelAssigned', data: { jobId: 'a', attempt: 2 } })
    expect(decider.wakeAt!(given(one, paused).state())).toBe(epoch + 5 * minute)
  })

  test('is forgotten with its run', () => {
    for (const end of [an.runCancelled({ runId: 'run of a' }), an.runFailed({ runId: 'run of a' })])
      given(one, paused, end)
        .when(timer(5 * minute))
        .thenNothing()
  })

  test('is not paused anew by a moment that has passed', () =>
    given(one, timer(6 * minute))
      .when(paused)
      .then(first('a')))
})

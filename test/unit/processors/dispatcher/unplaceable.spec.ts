import { describe, expect, test } from 'vitest'
import { type Recorded } from '../../../../core/event/event.ts'
import { dispatcher } from '../../../../processors/dispatcher/index.ts'
import { an } from '../../../support/events.ts'
import { spec } from '../../../support/spec.ts'

const { decider } = dispatcher()
const { given } = spec(decider)
type Job = Parameters<typeof an.modelQueued>[0]
const epoch = Date.UTC(2026, 0, 1)
const GiB = 1024 ** 3
const at = (seconds: number): { time: string } => ({ time: new Date(epoch + seconds * 1000).toISOString() })
const queued = (jobId: string, more: Job = {}, seconds = 10) =>
  an.modelQueued({ runId: `run of ${jobId}`, jobId, ...more }, at(seconds))
const timer = (seconds: number) => an.timerFired({ dueAt: epoch + seconds * 1000 }, at(seconds))
const worker = (workerId: string, more: Parameters<typeof an.workerJoined>[0] = {}) =>
  an.workerJoined({ workerId, slots: 2, cpus: 4, memory: 16 * GiB, leaseMs: 1e9, ...more }, at(0))
const said = (jobId: string, more: object = {}) =>
  ({ type: 'ModelUnplaceable', data: { jobId, attempt: 1, ...more } }) as const

const has = (jobId: string, workerId: string) =>
  an.modelAssigned({ runId: `run of ${jobId}`, jobId, workerId, gpus: ['0'] }, at(11))

const reasonOf = (...events: readonly Recorded[]): string => {
  const [fact] = given(...events).when(timer(60)).facts
  return (fact!.data as { reason: string }).reason
}

describe('a model that no worker could take', () => {
  const needy = queued('a', { gpus: 1 })

  test('is said to be so within two seconds, once', () => {
    given(worker('w'), needy).when(timer(11)).thenNothing()
    given(worker('w'), needy).when(timer(12)).then(said('a'))
    given(worker('w'), needy, timer(12)).when(timer(99)).thenNothing()
    expect(decider.wakeAt!(given(worker('w'), needy).state())).toBe(epoch + 12_000)
  })

  test('is not one that waits for a worker that is busy', () =>
    given(worker('w', { gpus: ['0'] }), queued('x', { gpus: 1 }), has('x', 'w'), needy)
      .when(timer(60))
      .thenNothing())

  test('starts by itself when a fitting worker joins', () =>
    given(worker('w'), needy, timer(12))
      .when(worker('gpu', { gpus: ['0'] }))
      .then({ type: 'ModelAssigned', data: { jobId: 'a', workerId: 'gpu' } }))

  test('is said again when such a worker came, was busy, and has been gone for half a minute', () => {
    const gone = an.workerLeft({ workerId: 'gpu' }, at(40))
    const urgent = queued('x', { gpus: 1, priority: 5 })
    const busy = [urgent, timer(12), worker('gpu', { gpus: ['0'] }), has('x', 'gpu')]
    given(worker('w'), needy, ...busy, gone)
      .when(timer(69))
      .thenNothing()
    given(worker('w'), needy, ...busy, gone)
      .when(timer(70))
      .then(said('a'))
  })

  test('is not said again by an instance that reads it on the log', () => {
    const onTheLog = an.modelUnplaceable({ runId: 'run of a', jobId: 'a' })
    given(needy, onTheLog, worker('w')).when(timer(60)).thenNothing()
    given(needy, an.modelUnplaceable({ runId: 'run of a', jobId: 'a', attempt: 2 }), worker('w'))
      .when(timer(60))
      .then(said('a'))
  })

  test('is waited for half a minute where no worker is there at all: one may be starting', () => {
    given(needy).when(timer(39)).thenNothing()
    given(needy).when(timer(40)).then(said('a'))
    given(queued('b')).when(timer(40)).then(said('b'))
  })

  test('is each one of several, also one that comes later', () => {
    given(worker('w'), needy, queued('b', { gpus: 1 }))
      .when(timer(12))
      .then(said('a'), said('b'))
    given(worker('w'), needy, timer(12), queued('c', { gpus: 1 }, 20))
      .when(timer(22))
      .then(said('c'))
  })
})

test('no moment is waited for twice: a timer that is repeated is the same event', () => {
  const needy = (jobId: string, seconds: number) => queued(jobId, { gpus: 1 }, seconds)
  const later = given(worker('w'), needy('a', 10), timer(12), needy('b', 40))
  const next = decider.wakeAt!(later.state())!
  expect(next).toBeGreaterThan(epoch + 12_000)
  expect(next).toBeLessThan(epoch + 43_000)
  later.when(an.timerFired({ dueAt: next }, at(40))).then(said('b'))
  const old = an.workerJoined({ workerId: 'old', leaseMs: 1000 }, at(1))
  expect(decider.wakeAt!(given(timer(12), old).state())).toBeGreaterThan(epoch + 12_000)
})

describe('the reason names what each worker lacks', () => {
  test.each<[string, Job, string]>([
    ['a GPU', { gpus: 1 }, 'no worker could take it: w has no GPU'],
    ['a label', { labels: ['pet'] }, 'no worker could take it: w has no label "pet"'],
    ['CPUs', { cpus: 8 }, 'no worker could take it: w has 4 CPUs instead of 8'],
    ['memory', { memory: 64 * GiB }, 'no worker could take it: w has 16 GiB of memory instead of 64 GiB'],
    [
      'several things',
      { cpus: 8, labels: ['pet'] },
      'no worker could take it: w has no label "pet" and 4 CPUs instead of 8',
    ],
  ])('%s', (_, needs, reason) => expect(reasonOf(worker('w'), queued('a', needs))).toBe(reason))

  test('the size of GPUs', () => {
    const large = queued('a', { gpus: 1, gpuMemory: 40 * GiB })
    const sized = worker('w', { gpus: ['0'], gpuMemory: [24 * GiB] })
    expect(reasonOf(sized, large)).toBe('no worker could take it: w has no GPU known to have 40 GiB')
    expect(reasonOf(sized, queued('a', { gpus: 2 }))).toBe(
      'no worker could take it: w has 1 GPU instead of 2',
    )
    const unsized = worker('w', { gpus: ['0'] })
    expect(reasonOf(unsized, large)).toBe('no worker could take it: w has no GPU known to have 40 GiB')
  })

  test('that it is drained', () =>
    expect(reasonOf(worker('w'), an.workerDrained({ workerId: 'w' }), queued('a'))).toBe(
      'no worker could take it: w is drained',
    ))

  test('that it could start no container', () =>
    expect(reasonOf(worker('w', { slots: 0 }), queued('a'))).toBe(
      'no worker could take it: w has no slots, for its Docker Engine does not answer',
    ))

  test('that none is there', () =>
    expect(reasonOf(queued('a'))).toBe('no worker is there; start one: raddeploy run worker'))

  test('workers that lack the same together, a few by name', () => {
    const crew = ['a', 'b', 'c', 'd', 'e'].map((id) => worker(id))
    expect(
      reasonOf(...crew, worker('f', { labels: ['pet'] }), queued('x', { labels: ['pet'], gpus: 1 })),
    ).toBe('no worker could take it: a, b, c, 2 more, each has no label "pet" and no GPU; f has no GPU')
  })
})

import { describe, expect, test } from 'vitest'
import { dispatcher } from '../../../../processors/dispatcher/index.ts'
import { an } from '../../../support/events.ts'
import { spec } from '../../../support/spec.ts'

const { given } = spec(dispatcher().decider)
type Job = Parameters<typeof an.modelQueued>[0]
const queued = (jobId: string, more: Job = {}) => an.modelQueued({ runId: `run of ${jobId}`, jobId, ...more })
const GiB = 1024 ** 3
const assigned = (jobId: string, workerId: string, more: object = {}) =>
  ({ type: 'ModelAssigned', data: { jobId, workerId, ...more } }) as const

describe('a model gets a place only where there is enough for it', () => {
  const four = an.workerJoined({ slots: 4, cpus: 4, memory: 16 * GiB })

  test('of CPUs, where one that does not say how many needs one', () => {
    given(four, queued('a', { cpus: 3 }))
      .when(queued('b', { cpus: 2 }))
      .thenNothing()
    given(four, queued('a', { cpus: 3 }), queued('b', { cpus: 2 }))
      .when(queued('c'))
      .then(assigned('c', 'worker-1'))
    given(four, queued('a', { cpus: 3 }), queued('b', { cpus: 2 }))
      .when(an.modelFinished({ jobId: 'a' }))
      .then(assigned('b', 'worker-1'))
  })

  test('of CPUs, in any parts of one', () => {
    const thirds = ['a', 'b', 'c'].map((id) => queued(id, { cpus: 0.1 }))
    given(an.workerJoined({ slots: 9, cpus: 0.3 }), ...thirds.slice(0, 2))
      .when(thirds[2]!)
      .then(assigned('c', 'worker-1'))
  })

  test('of memory, where one that does not say how much needs none', () => {
    given(four, queued('a', { memory: 10 * GiB }))
      .when(queued('b', { memory: 8 * GiB }))
      .thenNothing()
    given(four, queued('a', { memory: 10 * GiB }))
      .when(queued('b', { memory: 6 * GiB }))
      .then(assigned('b', 'worker-1'))
    given(four, queued('a', { memory: 16 * GiB }))
      .when(queued('b'))
      .then(assigned('b', 'worker-1'))
  })

  test('of slots, however small it is', () =>
    given(an.workerJoined({ slots: 1, cpus: 8 }), queued('a', { cpus: 0.5 }))
      .when(queued('b', { cpus: 0.5 }))
      .thenNothing())

  test('with every label that it asks for', () => {
    const labelled = an.workerJoined({ workerId: 'b', labels: ['pet', 'fast'] })
    given(an.workerJoined({ workerId: 'a', labels: ['pet'] }))
      .when(queued('x', { labels: ['pet', 'fast'] }))
      .thenNothing()
    given(an.workerJoined({ workerId: 'a', labels: ['pet'] }), labelled)
      .when(queued('x', { labels: ['pet', 'fast'] }))
      .then(assigned('x', 'b'))
  })

  test('of a worker that states no CPUs: one for each slot', () =>
    given(an.workerJoined({ slots: 2, cpus: 0 }))
      .when(queued('a', { cpus: 2 }))
      .then(assigned('a', 'worker-1')))
})

describe('GPUs', () => {
  const two = an.workerJoined({ slots: 8, gpus: ['0', '1'], gpuMemory: [24 * GiB, 24 * GiB] })
  const whole = (id: string) => queued(id, { gpus: 1 })
  const shared = (id: string, gibibytes: number) => queued(id, { gpus: 1, gpuMemory: gibibytes * GiB })

  test('are had whole, unless all models on one say how much of its memory they need', () => {
    given(two, whole('a'), whole('b')).when(shared('c', 1)).thenNothing()
    given(two, whole('a'))
      .when(shared('b', 8))
      .then(assigned('b', 'worker-1', { gpus: ['1'], gpuMemory: 8 * GiB }))
    given(two, whole('a'), shared('b', 8))
      .when(shared('c', 16))
      .then(assigned('c', 'worker-1', { gpus: ['1'] }))
    given(two, whole('a'), shared('b', 8), shared('c', 16)).when(shared('d', 1)).thenNothing()
    given(two, whole('a'), shared('b', 8)).when(whole('c')).thenNothing()
  })

  test('are shared rather than a free one is broken into', () =>
    given(two, shared('a', 8))
      .when(shared('b', 8))
      .then(assigned('b', 'worker-1', { gpus: ['0'] })))

  test('are whole again when the last one that shared has ended', () =>
    given(two, whole('x'), shared('a', 8), shared('b', 8), an.modelFinished({ jobId: 'a' }), whole('c'))
      .when(an.modelFinished({ jobId: 'b' }))
      .then(assigned('c', 'worker-1', { gpus: ['1'] })))

  test('come several to one model', () => {
    given(two)
      .when(queued('a', { gpus: 2, gpuMemory: 20 * GiB }))
      .then(assigned('a', 'worker-1', { gpus: ['0', '1'] }))
    given(two, shared('b', 8))
      .when(queued('a', { gpus: 2, gpuMemory: 20 * GiB }))
      .thenNothing()
  })

  test('whose memory nobody stated are had whole only', () => {
    const unknown = an.workerJoined({ slots: 8, gpus: ['0'] })
    given(unknown).when(shared('a', 1)).thenNothing()
    given(unknown).when(whole('a')).then(assigned('a', 'worker-1'))
  })
})

describe('of the workers on which a model fits', () => {
  const gpu = an.workerJoined({ workerId: 'a-gpu', slots: 8, gpus: ['0'] })
  const labelled = an.workerJoined({ workerId: 'a-labelled', slots: 8, labels: ['pet'] })
  const plain = an.workerJoined({ workerId: 'plain', slots: 1 })

  test('it gets one that has nothing which only others need', () => {
    given(gpu, labelled, plain).when(queued('x')).then(assigned('x', 'plain'))
    given(gpu, labelled, plain, queued('x')).when(queued('y')).then(assigned('y', 'a-labelled'))
    given(gpu, plain, queued('x')).when(queued('y')).then(assigned('y', 'a-gpu'))
  })

  test('it takes nothing from the one that was chosen but what it needs', () => {
    const { facts } = given(gpu).when(queued('x'))
    expect(facts[0]!.data).toMatchObject({ gpus: [] })
  })
})

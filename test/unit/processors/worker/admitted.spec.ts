import { describe, expect, test } from 'vitest'
import { type Recorded } from '../../../../core/event/event.ts'
import { worker } from '../../../../processors/worker/index.ts'
import { an } from '../../../support/events.ts'
import { spec } from '../../../support/spec.ts'

const { decider } = worker({
  workerId: 'worker-1',
  runModel: () => {
    throw new Error('nothing runs here')
  },
  sweep: () => Promise.resolve(),
})
const { given } = spec(decider)
const assigned = (jobId: string, more: Parameters<typeof an.modelAssigned>[0] = {}) =>
  an.modelAssigned({ runId: `run of ${jobId}`, jobId, ...more })
const runs = (...events: readonly Recorded[]): string[] =>
  decider.pending!(given(...events).state(), undefined).map(
    ({ cause }) => (cause.data as { jobId: string }).jobId,
  )

describe('a worker runs what it was given', () => {
  test('side by side', () =>
    expect(runs(assigned('a'), assigned('b', { slot: 1 }), assigned('c', { workerId: 'other' }))).toEqual([
      'a',
      'b',
    ]))

  test('and where two dispatchers gave the same slot away, one after the other', () => {
    expect(runs(assigned('a'), assigned('b'))).toEqual(['a'])
    expect(runs(assigned('a'), assigned('b'), an.modelFinished({ jobId: 'a' }))).toEqual(['b'])
    expect(runs(assigned('a'), assigned('b'), an.runCancelled({ runId: 'run of a' }))).toEqual(['b'])
  })

  test('as it does where they gave the same GPU away', () => {
    const whole = assigned('a', { gpus: ['0'] })
    expect(runs(whole, assigned('b', { slot: 1, gpus: ['1', '0'] }))).toEqual(['a'])
    expect(runs(whole, assigned('b', { slot: 1, gpus: ['0'], gpuMemory: 1 }))).toEqual(['a'])
    expect(runs(whole, assigned('b', { slot: 1, gpus: ['1'] }))).toEqual(['a', 'b'])
  })

  test('but for models that share it', () =>
    expect(
      runs(
        assigned('a', { gpus: ['0'], gpuMemory: 1 }),
        assigned('b', { slot: 1, gpus: ['0'], gpuMemory: 1 }),
        assigned('c', { slot: 2, gpus: ['0'] }),
      ),
    ).toEqual(['a', 'b']))
})

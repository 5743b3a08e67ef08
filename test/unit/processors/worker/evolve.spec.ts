import { describe, expect, test } from 'vitest'
import { type Recorded } from '../../../../core/event/event.ts'
import { worker } from '../../../../processors/worker/index.ts'
import { an } from '../../../support/events.ts'

const swept: ((jobId: string, attempt: number) => boolean)[] = []
const { decider, restored } = worker({
  workerId: 'worker-1',
  runModel: () => {
    throw new Error('nothing runs here')
  },
  sweep: (isOpen) => Promise.resolve(swept.push(isOpen)),
})
const pending = (...events: readonly Recorded[]) =>
  decider.pending!(
    events.reduce((state, event) => decider.evolve(state, event as never), decider.initial),
    undefined,
  ).map(({ key }) => key)

describe('the worker', () => {
  test('sweeps once it knows what is open, and spares what is assigned meanwhile', () => {
    let state = decider.initial
    restored!(() => state)
    const [isOpen] = swept
    expect(isOpen!('job-1', 1)).toBe(false)
    state = decider.evolve(state, an.modelAssigned())
    expect(isOpen!('job-1', 1)).toBe(true)
    expect(isOpen!('job-1', 2)).toBe(false)
  })

  test('runs what is assigned to it, and nothing else', () => {
    expect(pending(an.modelAssigned())).toEqual(['job-1/1'])
    expect(pending(an.modelAssigned({ workerId: 'worker-2' }))).toEqual([])
  })
  test('does not act on an assignment that came second', () =>
    expect(pending(an.modelAssigned({ workerId: 'worker-2' }), an.modelAssigned())).toEqual([]))
  test('has nothing to do once the attempt has an outcome, be it that it was declared lost', () => {
    expect(pending(an.modelAssigned(), an.modelFinished())).toEqual([])
    expect(pending(an.modelAssigned(), an.modelFailed({ kind: 'lost' }))).toEqual([])
  })
  test('does not act on an assignment that comes after the outcome of the attempt', () => {
    for (const outcome of [an.modelFinished(), an.modelFailed({ kind: 'lost' })]) {
      expect(pending(an.modelAssigned(), outcome, an.modelAssigned({ slot: 1 }))).toEqual([])
      expect(pending(outcome, an.modelAssigned())).toEqual([])
    }
  })
  test('remembers what has ended within bounds, the oldest shortest', () => {
    let state = decider.initial
    for (let attempt = 1; attempt <= 10_050; attempt += 1)
      state = decider.evolve(state, an.modelFinished({ attempt }))
    expect(state.ended).toHaveLength(10_000)
    expect([state.ended[0], state.ended.at(-1)]).toEqual(['job-1/51', 'job-1/10050'])
  })
  test('stops what was cancelled, and takes no assignment of that run any more', () => {
    const other = an.modelAssigned({ runId: 'run-2', jobId: 'job-2' })
    expect(pending(an.modelAssigned(), other, an.runCancelled())).toEqual(['job-2/1'])
    expect(pending(an.runCancelled(), an.modelAssigned({ attempt: 2 }))).toEqual([])
  })
  test('takes a new attempt of the same job', () =>
    expect(
      pending(an.modelAssigned(), an.modelFailed({ kind: 'lost' }), an.modelAssigned({ attempt: 2 })),
    ).toEqual(['job-1/2']))
})

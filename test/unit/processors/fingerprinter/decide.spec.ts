import { describe, expect, test } from 'vitest'
import { type Recorded } from '../../../../core/event/event.ts'
import { fingerprinter } from '../../../../processors/fingerprinter/index.ts'
import { type ObjectStore } from '../../../../infra/s3/store.ts'
import { flowPaused, flowResumed } from '../../../support/story.ts'
import { an } from '../../../support/events.ts'
import { spec } from '../../../support/spec.ts'

// Nothing here reads an object: matching itself is specified in match.spec.ts.
const { decider, tables } = fingerprinter({ store: undefined as unknown as ObjectStore })
const { given } = spec(decider, new Map())
const pending = (...events: readonly Recorded[]) => decider.pending!(given(...events).state(), new Map())
const defined = (name: string, hash: string) =>
  ({ ...an.runCreated(), type: 'FlowDefined', stream: name, data: { name, hash } }) as unknown as Recorded

describe('the fingerprinter', () => {
  test('considers each closed bundle once', () => {
    expect(pending(an.bundleClosed())).toHaveLength(1)
    expect(pending(an.bundleClosed(), an.bundleUnmatched())).toEqual([])
    expect(pending(an.bundleClosed(), an.triggerMatched())).toEqual([])
  })

  test('makes a run of each match, of exactly the definition that was matched', () =>
    given(an.bundleClosed())
      .when(an.triggerMatched({ definition: '{"name":"flow"}', flowHash: 'abc' }))
      .then({
        type: 'RunCreated',
        data: { runId: 'run-1', definition: '{"name":"flow"}', flowHash: 'abc', rerunOf: null },
      }))

  test('two flows that match one bundle make two runs', () =>
    given(an.bundleClosed(), an.triggerMatched())
      .when(an.triggerMatched({ flowName: 'second', runId: 'run-2' }))
      .then({ type: 'RunCreated', data: { runId: 'run-2' } }))

  test('of two matches by one flow, decided with different definitions, the first holds', () =>
    given(an.bundleClosed(), an.triggerMatched({ flowHash: 'old' }))
      .when(an.triggerMatched({ flowHash: 'new' }))
      .thenNothing())

  test('a match after it was said that nothing matches makes no run', () =>
    given(an.bundleClosed(), an.bundleUnmatched()).when(an.triggerMatched()).thenNothing())

  test('knows the last definition of each flow that was not retired', () => {
    const retired = {
      ...an.runCreated(),
      type: 'FlowRetired',
      stream: 'b',
      data: { name: 'b' },
    } as unknown as Recorded
    const events = [defined('a', '1'), defined('b', '1'), defined('a', '2'), retired]
    const known = events.reduce((flows, event) => tables!.evolve(flows, event), tables!.initial)
    expect([...known.values()].map(({ defined: { name, hash } }) => `${name} ${hash}`)).toEqual(['a 2'])
  })

  test('knows which flows are paused, and that a new definition does not resume one', () => {
    const events = [defined('a', '1'), flowPaused('a'), defined('a', '2'), defined('b', '1'), flowPaused('b')]
    const known = [...events, flowResumed('b')].reduce(
      (flows, event) => tables!.evolve(flows, event),
      tables!.initial,
    )
    expect(known.get('a')!.paused).toMatchObject({ by: 'c', reason: 'too slow' })
    expect(known.get('b')!.paused).toBeUndefined()
  })
})

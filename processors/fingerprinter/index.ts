/**
 * The fingerprinter: matches each bundle with the flows in force.
 * Reads bundles, and the flows as a table; writes TriggerMatched or BundleUnmatched, and RunCreated for each
 * match that holds. Which definitions it saw is in the facts, so that the same can be shown for ever.
 */
import { type Recorded } from '../../core/event/event.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'
import { type Processor } from '../runtime/processor.ts'
import { decide } from './decide.ts'
import { considerBundle } from './effects.ts'
import { evolve } from './evolve.ts'
import { type Flows, evolveFlows } from './flowsInForce.ts'
import { type Considered, unconsidered } from './state.ts'

type In = 'BundleClosed' | 'TriggerMatched' | 'BundleUnmatched'
type Out = 'TriggerMatched' | 'BundleUnmatched' | 'RunCreated'

export const fingerprinter = ({
  store,
}: {
  readonly store: ObjectStore
}): Processor<Considered, In, Out, Flows> => ({
  name: 'fingerprinter',
  reads: ['BundleClosed', 'TriggerMatched', 'BundleUnmatched'],
  writes: ['TriggerMatched', 'BundleUnmatched', 'RunCreated'],
  scope: 'stream',
  tables: {
    reads: ['FlowDefined', 'FlowRetired', 'FlowPaused', 'FlowResumed'],
    initial: new Map(),
    evolve: evolveFlows,
  },
  decider: {
    initial: unconsidered,
    evolve: (state, event) => evolve(state, event as Recorded<In>),
    decide: (state, event) => decide(state, event as Recorded<In>),
    pending: ({ closed, considered }) =>
      closed && !considered ? [{ key: closed.stream, cause: closed }] : [],
    isOpen: ({ closed, considered }) => closed !== undefined && !considered,
  },
  run: async function* ({ cause }, { known, signal }) {
    const { data } = cause as Recorded<'BundleClosed'>
    yield await considerBundle(store)(data, known, signal)
  },
})

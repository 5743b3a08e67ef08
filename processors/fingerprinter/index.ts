/**
 * The fingerprinter: matches each bundle with the flows in force.
 * Reads bundles, and the flows as a table; writes TriggerMatched, BundleGathered or BundleUnmatched, RunCreated for
 * each match that holds, and InstancesGathered where a flow takes files of several associations together. Which
 * definitions it saw is in the facts, so that the same can be shown for ever.
 */
import { type Recorded } from '../../core/event/event.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'
import { type Processor } from '../runtime/processor.ts'
import { decide } from './decide.ts'
import { considerBundle } from './effects.ts'
import { type FingerprinterIn as In, evolve } from './evolve.ts'
import { type Flows, evolveFlows } from './flowsInForce.ts'
import { type Considered, unconsidered } from './state.ts'

type Out = 'TriggerMatched' | 'BundleGathered' | 'BundleUnmatched' | 'RunCreated' | 'InstancesGathered'

export const fingerprinter = ({
  store,
}: {
  readonly store: ObjectStore
}): Processor<Considered, In, Out, Flows> => ({
  name: 'fingerprinter',
  reads: ['BundleClosed', 'TriggerMatched', 'BundleGathered', 'BundleUnmatched'],
  writes: ['TriggerMatched', 'BundleGathered', 'BundleUnmatched', 'RunCreated', 'InstancesGathered'],
  scope: 'stream',
  // All bundles of one gathering stand on its stream, and so on one partition.
  streamOf: ({ data }) => data.bundleId,
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
      closed && !considered ? [{ key: closed.data.bundleId, cause: closed }] : [],
    isOpen: ({ closed, considered }) => closed !== undefined && !considered,
  },
  run: async function* ({ cause }, { known, signal }) {
    yield await considerBundle(store)(cause as Recorded<'BundleClosed'>, known, signal)
  },
})

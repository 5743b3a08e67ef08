/**
 * The gatherer: instances of several associations become one bundle, for a flow that asks for it (`bundle`).
 * Reads InstancesGathered, and its own BundleClosed; writes BundleClosed on the stream of the gathering, when every
 * trigger is met and nothing has come for a while, or when the deadline has passed. Then what comes begins the next.
 * The moments are derived from the times of the parts and arrive as timers, so that a restart finds the same.
 */
import { type Recorded } from '../../core/event/event.ts'
import { key } from '../../infra/s3/key.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'
import { type Processor } from '../runtime/processor.ts'
import { bundleClosed, bundleIdOf, isDue, partsIdOf, wakeAt } from './decide.ts'
import { evolve } from './evolve.ts'
import { merged } from './merge.ts'
import { type Gathered, type GathererIn, nothingGathered } from './state.ts'

export const gatherer = ({
  store,
}: {
  readonly store: ObjectStore
}): Processor<Gathered, GathererIn, 'BundleClosed'> => ({
  name: 'gatherer',
  reads: ['InstancesGathered', 'BundleClosed', 'TimerFired'],
  writes: ['BundleClosed'],
  scope: 'stream',
  // The bundle of one association is nobody's gathering.
  streamOf: (event) =>
    event.type === 'BundleClosed' && event.data.gathering === null ? undefined : event.stream,
  // After an outage, bundles that the fingerprinter has not looked at yet are heard first.
  patienceMs: 5000,
  decider: {
    initial: nothingGathered,
    evolve: (state, event) => evolve(state, event as Recorded<GathererIn>),
    decide: () => [],
    wakeAt,
    pending: (state) =>
      isDue(state) ? [{ key: `${bundleIdOf(state)}/${partsIdOf(state)}`, cause: state.parts.at(-1)! }] : [],
    isOpen: ({ parts }) => parts.length > 0,
  },
  run: async function* (_, { state, signal }) {
    const instances = await merged(
      store,
      state.parts.map(({ data }) => data.manifest),
      signal,
    )
    const at = key.gatheredManifest(bundleIdOf(state)!, partsIdOf(state))
    yield bundleClosed(state, await store.putJson(at, { instances }), instances.length)
  },
})

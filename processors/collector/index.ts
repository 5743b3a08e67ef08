/**
 * The collector: the instances of one association become one bundle.
 * Reads arrivals; writes BundleClosed under the association's own id, so that both meet on one partition.
 * An association that carried no instance (a C-ECHO) leaves no bundle. One in which a failure of ours kept an
 * instance out leaves an incomplete one, so that no model runs on what is left.
 */
import { key } from '../../infra/s3/key.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'
import { type Processor } from '../runtime/processor.ts'
import { bundleClosed, waitsForBundle } from './decide.ts'
import { evolve } from './evolve.ts'
import { itemsOf } from './sequence.ts'
import { type Collected, nothingCollected } from './state.ts'

type In = 'AssociationOpened' | 'InstanceStored' | 'InstanceRefused' | 'AssociationClosed' | 'BundleClosed'

export const collector = ({
  store,
}: {
  readonly store: ObjectStore
}): Processor<Collected, In, 'BundleClosed'> => ({
  name: 'collector',
  reads: ['AssociationOpened', 'InstanceStored', 'InstanceRefused', 'AssociationClosed', 'BundleClosed'],
  writes: ['BundleClosed'],
  scope: 'stream',
  decider: {
    initial: nothingCollected,
    evolve,
    decide: () => [],
    pending: (state) => (waitsForBundle(state) ? [{ key: state.closed!.stream, cause: state.closed! }] : []),
    isOpen: (state) => (state.opened !== undefined && state.closed === undefined) || waitsForBundle(state),
  },
  run: async function* (_, { state }) {
    const manifest = await store.putJson(key.bundleManifest(state.closed!.stream), {
      instances: itemsOf(state.instances),
    })
    yield bundleClosed(state, manifest)
  },
})

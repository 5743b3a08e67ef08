import { type Fact } from '../../core/event/event.ts'
import { type ObjectRef } from '../../schemas/generated/shared.ts'
import { type Collected } from './state.ts'

/** True while a closed association with instances has no bundle yet. */
export const waitsForBundle = (state: Collected): boolean =>
  state.opened !== undefined && state.closed !== undefined && state.instances.length > 0 && !state.bundled

/**
 * One association is one bundle. It is complete when its peer released it and every instance that was
 * counted is here; an incomplete one runs no flow.
 */
export const bundleClosed = (state: Collected, manifest: ObjectRef): Fact<'BundleClosed'> => {
  const { opened, closed, instances } = state
  if (!opened || !closed) throw new Error('an association that is open has no bundle')
  const all = instances.length >= closed.data.stored
  return {
    type: 'BundleClosed',
    stream: closed.stream,
    data: {
      bundleId: closed.stream,
      associationIds: [closed.stream],
      complete: closed.data.how === 'released' && all,
      reason: all
        ? `association ${closed.data.how}`
        : `${instances.length} of ${closed.data.stored} instances are on the log`,
      calling: opened.data.calling,
      calledAeTitle: opened.data.calledAeTitle,
      instances: instances.length,
      manifest,
    },
  }
}

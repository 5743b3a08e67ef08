/**
 * Bundles: what was collected, and which flows take it, or why none does.
 * Reads bundles; one row per bundle, those of several associations too, and one per flow that takes it.
 */
import { type Projection } from '../runtime/projection.ts'
import { type In, map } from './map.ts'

export const bundles: Projection<In> = {
  name: 'bundles',
  reads: ['BundleClosed', 'TriggerMatched', 'BundleGathered', 'BundleUnmatched'],
  map,
}

/**
 * Flows, as the last event about each says.
 * Reads flows, which is compacted: of each flow only the last event need be there, so only that counts.
 */
import { type Projection } from '../runtime/projection.ts'
import { type In, map } from './map.ts'

export const flows: Projection<In> = {
  name: 'flows',
  reads: ['FlowDefined', 'FlowRetired'],
  map,
}

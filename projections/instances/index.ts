/**
 * Instances: each one that a peer sent, where its bytes lie, or why it was refused.
 * Reads arrivals; one row per instance of an association.
 */
import { type Projection } from '../runtime/projection.ts'
import { type In, map } from './map.ts'

export const instances: Projection<In> = {
  name: 'instances',
  reads: ['InstanceStored', 'InstanceRefused'],
  map,
}

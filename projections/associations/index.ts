/**
 * Associations: who opened them, how they ended.
 * Reads arrivals; one row per association.
 */
import { type Projection } from '../runtime/projection.ts'
import { type In, map } from './map.ts'

export const associations: Projection<In> = {
  name: 'associations',
  reads: ['AssociationOpened', 'AssociationClosed'],
  map,
}

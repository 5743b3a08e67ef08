/**
 * Associations: who opened them, how they ended; and who asked for one and was refused.
 * Reads arrivals; one row per association, and one per refusal.
 */
import { type Projection } from '../runtime/projection.ts'
import { type In, map } from './map.ts'

export const associations: Projection<In> = {
  name: 'associations',
  reads: ['AssociationOpened', 'AssociationClosed', 'AssociationRefused'],
  map,
}

/**
 * Dead letters: records that a consumer put aside.
 * Reads dead-letters; one row per record and consumer.
 */
import { type Projection } from '../runtime/projection.ts'
import { type In, map } from './map.ts'

export const deadLetters: Projection<In> = {
  name: 'deadLetters',
  reads: ['DeadLettered'],
  map,
}

/**
 * Runs: a flow at work on a bundle, from its creation to its end.
 * Reads runs; one row per run.
 */
import { type Projection } from '../runtime/projection.ts'
import { type In, map } from './map.ts'

export const runs: Projection<In> = {
  name: 'runs',
  reads: ['RunCreated', 'ModelStarted', 'RunFinished', 'RunFailed', 'RunCancelled'],
  map,
}

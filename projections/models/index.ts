/**
 * Models: each attempt at each model of each run, where it ran and what came of it.
 * Reads runs; one row per attempt, and one of attempt 0 for a model that was skipped. The view jobs shows the attempt
 * that counts.
 */
import { type Projection } from '../runtime/projection.ts'
import { type In, map } from './map.ts'

export const models: Projection<In> = {
  name: 'models',
  reads: [
    'ModelQueued',
    'ModelSkipped',
    'ModelUnplaceable',
    'ModelAssigned',
    'ModelStarted',
    'ModelFinished',
    'ModelFailed',
    'RunCancelled',
  ],
  map,
}

/**
 * Workers, as they were heard of last, and whether they get models.
 * Reads workers and commands; one row per worker. The view worker_overview says which are there now.
 */
import { type Projection } from '../runtime/projection.ts'
import { type In, map } from './map.ts'

export const workers: Projection<In> = {
  name: 'workers',
  reads: ['WorkerJoined', 'WorkerHeartbeat', 'WorkerLeft', 'WorkerDrained', 'WorkerResumed'],
  map,
}

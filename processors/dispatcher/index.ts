/**
 * The dispatcher: gives waiting jobs to workers on which they fit, says which fit nowhere, and declares lost what a
 * silent worker had.
 * Reads runs, workers, and commands about these; writes ModelAssigned, ModelUnplaceable, and ModelFailed of kind lost.
 * One live instance sees all, whatever partition it stands on, so no job holds up those behind it; should two
 * instances decide at once, the first ModelAssigned of an attempt on the log holds.
 */
import { type Processor } from '../runtime/processor.ts'
import { evolve } from './evolve.ts'
import { type DispatcherIn, type DispatcherOut, type Floor, emptyFloor } from './state.ts'
import { wakeAt } from './wake.ts'

const workerEvents: readonly string[] = ['WorkerJoined', 'WorkerHeartbeat', 'WorkerLeft']

export const dispatcher = (): Processor<Floor, DispatcherIn, DispatcherOut> => ({
  name: 'dispatcher',
  reads: [
    'ModelQueued',
    'ModelAssigned',
    'ModelUnplaceable',
    'ModelFinished',
    'ModelFailed',
    'RunFinished',
    'RunFailed',
    'RunCancelled',
    'WorkerJoined',
    'WorkerHeartbeat',
    'WorkerLeft',
    'WorkerDrained',
    'WorkerResumed',
    'TimerFired',
  ],
  writes: ['ModelAssigned', 'ModelUnplaceable', 'ModelFailed'],
  scope: 'all',
  // Two heartbeats: workers that were cut off together with us are heard before any is called lost.
  patienceMs: 10_000,
  // Each heartbeat is a stream of its own, closed at once, so that a restart need not read them all again.
  streamOf: (event) => (workerEvents.includes(event.type) ? event.meta.id : event.stream),
  decider: {
    initial: emptyFloor,
    evolve: (floor, event) => evolve(floor, event as Parameters<typeof evolve>[1]),
    decide: ({ follows }, event) => (follows.from === event.meta.id ? follows.facts : []),
    wakeAt,
    isOpen: ({ runs, placed, drained }, stream) =>
      runs.has(stream) ||
      drained.has(stream) ||
      [...placed.values()].some(({ queued }) => queued.data.runId === stream),
  },
})

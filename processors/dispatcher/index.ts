/**
 * The dispatcher: gives waiting jobs to workers with free slots, and declares lost what a silent worker had.
 * Reads runs and workers; writes ModelAssigned, and ModelFailed of kind lost. One live instance sees all;
 * should two decide at once, the first ModelAssigned of an attempt on the log holds.
 */
import { type Processor } from '../runtime/processor.ts'
import { evolve } from './evolve.ts'
import { leaseEnd } from './lease.ts'
import { type DispatcherIn, type DispatcherOut, type Floor, emptyFloor } from './state.ts'

const workerEvents: readonly string[] = ['WorkerJoined', 'WorkerHeartbeat', 'WorkerLeft']

export const dispatcher = (): Processor<Floor, DispatcherIn, DispatcherOut> => ({
  name: 'dispatcher',
  reads: [
    'ModelQueued',
    'ModelAssigned',
    'ModelFinished',
    'ModelFailed',
    'RunFinished',
    'RunFailed',
    'RunCancelled',
    'WorkerJoined',
    'WorkerHeartbeat',
    'WorkerLeft',
    'TimerFired',
  ],
  writes: ['ModelAssigned', 'ModelFailed'],
  scope: 'all',
  // Two heartbeats: workers that were cut off together with us are heard before any is called lost.
  patienceMs: 10_000,
  // Each heartbeat is a stream of its own, closed at once, so that a restart need not read them all again.
  streamOf: (event) => (workerEvents.includes(event.type) ? event.meta.id : event.stream),
  decider: {
    initial: emptyFloor,
    evolve: (floor, event) => evolve(floor, event as Parameters<typeof evolve>[1]),
    decide: ({ follows }, event) => (follows.from === event.meta.id ? follows.facts : []),
    wakeAt: ({ workers }) => {
      const ends = [...workers.values()].map(leaseEnd)
      return ends.length === 0 ? undefined : Math.min(...ends)
    },
    isOpen: ({ jobs, failures }, stream) =>
      [...jobs.values()].some(({ queued }) => queued.data.runId === stream) ||
      [...failures.values()].some(({ runId }) => runId === stream),
  },
})

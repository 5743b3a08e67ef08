/**
 * The scheduler: walks a run through its directed acyclic graph of models and hands its output on.
 * Reads runs, and commands about them; writes ModelQueued when a model's inputs exist, RunFinished, RunFailed or
 * RunCancelled once, and DeliveryQueued for each destination of a finished run.
 */
import { type Processor } from '../runtime/processor.ts'
import { evolve } from './evolve.ts'
import { type Run, type SchedulerIn, type SchedulerOut, noRun } from './state.ts'

export const scheduler = (): Processor<Run, SchedulerIn, SchedulerOut> => ({
  name: 'scheduler',
  reads: [
    'RunCreated',
    'ModelFinished',
    'ModelFailed',
    'RunFinished',
    'RunFailed',
    'RunCancelled',
    'CancelRequested',
  ],
  writes: ['ModelQueued', 'RunFinished', 'RunFailed', 'RunCancelled', 'DeliveryQueued'],
  scope: 'stream',
  decider: {
    initial: noRun,
    evolve: (run, event) => evolve(run, event as Parameters<typeof evolve>[1]),
    decide: ({ follows }, event) => (follows.from === event.meta.id ? follows.facts : []),
    isOpen: (run) => run.created !== undefined && !run.closed,
  },
})

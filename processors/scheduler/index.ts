/**
 * The scheduler: walks a run through its directed acyclic graph of models and hands its output on.
 * Reads runs, and commands about them; writes ModelQueued when a model's inputs exist, and again after a failure as
 * often as the flow says; ModelSkipped where they do not meet its `when`; RunFinished, RunFailed or RunCancelled
 * once; and DeliveryQueued for each destination of a finished run.
 */
import { type Recorded } from '../../core/event/event.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'
import { type Processor } from '../runtime/processor.ts'
import { lookAt } from './effects.ts'
import { evolve } from './evolve.ts'
import { toLookAt } from './ready.ts'
import { type Run, type SchedulerIn, type SchedulerOut, noRun } from './state.ts'

export const scheduler = ({
  store,
}: {
  readonly store: ObjectStore
}): Processor<Run, SchedulerIn, SchedulerOut> => ({
  name: 'scheduler',
  reads: [
    'RunCreated',
    'ModelQueued',
    'ModelSkipped',
    'ModelFinished',
    'ModelFailed',
    'RunFinished',
    'RunFailed',
    'RunCancelled',
    'CancelRequested',
  ],
  writes: ['ModelQueued', 'ModelSkipped', 'RunFinished', 'RunFailed', 'RunCancelled', 'DeliveryQueued'],
  scope: 'stream',
  decider: {
    initial: noRun,
    evolve: (run, event) => evolve(run, event as Recorded<SchedulerIn>),
    decide: ({ follows }, event) => (follows.from === event.meta.id ? follows.facts : []),
    pending: toLookAt,
    isOpen: (run) => run.created !== undefined && !run.closed,
  },
  run: async function* ({ key: jobId }, { state, signal }) {
    yield await lookAt(store)(state, jobId, signal)
  },
})

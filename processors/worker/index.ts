/**
 * The worker (the paper's consumer): runs the containers that were assigned to it.
 * Reads runs whole and acts on its own assignments that hold; writes ModelStarted, ModelFinished, ModelFailed.
 * After a restart the same assignments are pending again, and each finds its container by name; what is left of
 * others is swept away, and what was cancelled is killed.
 */
import { type Fact, type Recorded } from '../../core/event/event.ts'
import { attemptKey } from '../../core/run/attempt.ts'
import { type Processor } from '../runtime/processor.ts'
import { admitted } from './admitted.ts'
import { evolve } from './evolve.ts'
import { type Assignments, type WorkerIn, type WorkerOut, noAssignments } from './state.ts'

/** Runs one assignment in a container, from wherever an earlier process left it. */
export type RunModel = (
  assigned: Recorded<'ModelAssigned'>,
  signal: AbortSignal,
) => AsyncIterable<Fact<WorkerOut>>

/** Removes what earlier processes of this worker have left of attempts that are not open any more. */
export type Sweep = (isOpen: (jobId: string, attempt: number) => boolean) => unknown

export const worker = ({
  workerId,
  runModel,
  sweep,
}: {
  readonly workerId: string
  readonly runModel: RunModel
  readonly sweep: Sweep
}): Processor<Assignments, WorkerIn, WorkerOut> => ({
  name: 'worker',
  reads: ['ModelAssigned', 'ModelFinished', 'ModelFailed', 'RunFinished', 'RunFailed', 'RunCancelled'],
  writes: ['ModelStarted', 'ModelFinished', 'ModelFailed'],
  scope: 'own',
  decider: {
    initial: noAssignments,
    evolve: (state, event) => evolve(state, event as Recorded<WorkerIn>),
    decide: () => [],
    pending: ({ open }) =>
      admitted([...open.values()].filter(({ data }) => data.workerId === workerId)).map((cause) => ({
        key: attemptKey(cause.data),
        cause,
      })),
    isOpen: ({ open }, stream) => [...open.values()].some((assigned) => assigned.stream === stream),
  },
  run: ({ cause }, { signal }) => runModel(cause as Recorded<'ModelAssigned'>, signal),
  restored: (state) => void sweep((jobId, attempt) => state().open.has(attemptKey({ jobId, attempt }))),
})

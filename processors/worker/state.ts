import { type Recorded } from '../../core/event/event.ts'

export type WorkerIn =
  'ModelAssigned' | 'ModelFinished' | 'ModelFailed' | 'RunFinished' | 'RunFailed' | 'RunCancelled'
export type WorkerOut = 'ModelStarted' | 'ModelFinished' | 'ModelFailed'

/** The assignments of all workers, by job and attempt. */
export interface Assignments {
  /** Those that hold and have no outcome yet. */
  readonly open: ReadonlyMap<string, Recorded<'ModelAssigned'>>
  /** Attempts that have an outcome and runs that have ended, the latest last: no assignment after that holds. */
  readonly ended: readonly string[]
}

export const noAssignments: Assignments = { open: new Map(), ended: [] }

import { type Recorded } from '../../core/event/event.ts'

export type WorkerIn = 'ModelAssigned' | 'ModelFinished' | 'ModelFailed'
export type WorkerOut = 'ModelStarted' | 'ModelFinished' | 'ModelFailed'

/** The assignments that hold and have no outcome yet, of all workers, by job and attempt. */
export interface Assignments {
  readonly open: ReadonlyMap<string, Recorded<'ModelAssigned'>>
}

export const noAssignments: Assignments = { open: new Map() }

/** How an attempt is named. */
export const attemptKey = ({
  jobId,
  attempt,
}: {
  readonly jobId: string
  readonly attempt: number
}): string => `${jobId}/${attempt}`

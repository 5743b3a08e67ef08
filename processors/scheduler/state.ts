import { type Flow } from '../../core/flow/schema.ts'
import { type Fact, type Recorded } from '../../core/event/event.ts'
import { type MountRef } from '../../schemas/generated/shared.ts'

/** One model of a run. */
export interface Job {
  readonly model: number
  readonly attempt: number
  readonly status: 'queued' | 'finished' | 'failed'
}

/** One run as the scheduler sees it. */
export interface Run {
  readonly created: Recorded<'RunCreated'> | undefined
  readonly flow: Flow | undefined
  readonly jobs: Readonly<Record<string, Job>>
  readonly mounts: Readonly<Record<string, MountRef>>
  readonly ended: 'finished' | 'failed' | 'cancelled' | undefined
  /** The first request to cancel it. */
  readonly cancel: Recorded<'CancelRequested'> | undefined
  /** True once the end is on the log. */
  readonly closed: boolean
  /** What follows from the event folded last: the fold counts it as said, so that nothing is said twice. */
  readonly follows: { readonly from: string; readonly facts: readonly Fact<SchedulerOut>[] }
}

export type SchedulerIn =
  | 'RunCreated'
  | 'ModelFinished'
  | 'ModelFailed'
  | 'RunFinished'
  | 'RunFailed'
  | 'RunCancelled'
  | 'CancelRequested'
export type SchedulerOut = 'ModelQueued' | 'RunFinished' | 'RunFailed' | 'RunCancelled' | 'DeliveryQueued'

export const noRun: Run = {
  created: undefined,
  flow: undefined,
  jobs: {},
  mounts: {},
  ended: undefined,
  cancel: undefined,
  closed: false,
  follows: { from: '', facts: [] },
}

import { type Flow } from '../../core/flow/schema.ts'
import { type Fact, type Recorded } from '../../core/event/event.ts'
import { type MountRef } from '../../schemas/generated/shared.ts'

/** One model of a run whose inputs exist. A model of which there is no job waits for another one, maybe for ever. */
export type Job = {
  readonly model: number
  /** The attempt under way, or the last; from 1. */
  readonly attempt: number
} & (
  | {
      /** It is looked at whether its inputs meet its `when`. */
      readonly status: 'undecided'
      /** The event that made its inputs exist. */
      readonly cause: Recorded<SchedulerIn>
    }
  | { readonly status: 'queued' | 'finished' | 'failed' }
  | {
      readonly status: 'skipped'
      /** A mount without files, in place of what it would have written. */
      readonly output: MountRef
    }
)

/** One run as the scheduler sees it. */
export interface Run {
  readonly created: Recorded<'RunCreated'> | undefined
  readonly flow: Flow | undefined
  readonly jobs: Readonly<Record<string, Job>>
  readonly mounts: Readonly<Record<string, MountRef>>
  /** What its end is, or is planned to be. */
  readonly ended: 'finished' | 'failed' | 'cancelled' | undefined
  /** The first request to cancel it. */
  readonly cancel: Recorded<'CancelRequested'> | undefined
  /** True once the end is on the log. */
  readonly closed: boolean
  /** What follows from the event folded last: the fold counts it as said, so that nothing is said twice. */
  readonly follows: { readonly from: string; readonly facts: readonly Fact<SchedulerOut>[] }
}

/** True until an end is planned, or stands on the log. */
export const goesOn = ({ created, ended, closed }: Run): boolean =>
  created !== undefined && ended === undefined && !closed

export type SchedulerIn =
  | 'RunCreated'
  | 'ModelQueued'
  | 'ModelSkipped'
  | 'ModelFinished'
  | 'ModelFailed'
  | 'RunFinished'
  | 'RunFailed'
  | 'RunCancelled'
  | 'CancelRequested'
export type SchedulerOut =
  'ModelQueued' | 'ModelSkipped' | 'RunFinished' | 'RunFailed' | 'RunCancelled' | 'DeliveryQueued'

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

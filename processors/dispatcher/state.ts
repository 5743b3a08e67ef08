import { type Fact, type Recorded } from '../../core/event/event.ts'

export type DispatcherIn =
  | 'ModelQueued'
  | 'ModelAssigned'
  | 'ModelFinished'
  | 'ModelFailed'
  | 'RunFinished'
  | 'RunFailed'
  | 'RunCancelled'
  | 'WorkerJoined'
  | 'WorkerHeartbeat'
  | 'WorkerLeft'
  | 'TimerFired'
export type DispatcherOut = 'ModelAssigned' | 'ModelFailed'

/** Where a job runs, or shall run. */
export interface Place {
  readonly workerId: string
  readonly slot: number
  readonly gpus: readonly string[]
}

/** A job that was queued and has no outcome yet. */
export interface Job {
  readonly queued: Recorded<'ModelQueued'>
  readonly place: Place | undefined
  /** True once its ModelAssigned is on the log. */
  readonly confirmed: boolean
  /** Heartbeats that passed while it was not; at the second the assignment is said again, or given up. */
  readonly beats: number
  /** True once its run has ended: what runs goes on to its end, and is not tried again. */
  readonly runEnded: boolean
}

/** Where earlier attempts at a job have failed. Kept until its run ends. */
export interface Failures {
  readonly runId: string
  readonly workers: readonly string[]
}

/** A worker as last heard of. Times are milliseconds since the epoch, by the worker's own clock. */
export interface Worker {
  readonly workerId: string
  readonly slots: number
  readonly gpus: readonly string[]
  readonly leaseMs: number
  readonly heardAt: number
  readonly joined: boolean
}

/** Everything the dispatcher knows. */
export interface Floor {
  readonly jobs: ReadonlyMap<string, Job>
  readonly workers: ReadonlyMap<string, Worker>
  /** By job. */
  readonly failures: ReadonlyMap<string, Failures>
  /** Attempts and runs that have ended, the latest last: what is queued of them late starts no more. */
  readonly ended: readonly string[]
  /** What follows from the event folded last; a job it places counts as placed at once. */
  readonly follows: { readonly from: string; readonly facts: readonly Fact<DispatcherOut>[] }
}

export const emptyFloor: Floor = {
  jobs: new Map(),
  workers: new Map(),
  failures: new Map(),
  ended: [],
  follows: { from: '', facts: [] },
}

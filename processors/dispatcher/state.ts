import { Map as Persistent, OrderedSet } from 'immutable'
import { type Fact, type Recorded } from '../../core/event/event.ts'
import { type Needs } from '../../core/flow/placement.ts'

export type DispatcherIn =
  | 'ModelQueued'
  | 'ModelAssigned'
  | 'ModelUnplaceable'
  | 'ModelFinished'
  | 'ModelFailed'
  | 'RunFinished'
  | 'RunFailed'
  | 'RunCancelled'
  | 'WorkerJoined'
  | 'WorkerHeartbeat'
  | 'WorkerLeft'
  | 'WorkerDrained'
  | 'WorkerResumed'
  | 'TimerFired'
export type DispatcherOut = 'ModelAssigned' | 'ModelUnplaceable' | 'ModelFailed'

/** Where a job runs, or shall run. */
export interface Place {
  readonly workerId: string
  readonly slot: number
  readonly gpus: readonly string[]
}

/** A job that was queued. Times are milliseconds since the epoch. */
export interface Job {
  readonly queued: Recorded<'ModelQueued'>
  /** When its first attempt was queued: what is tried again keeps its age. */
  readonly since: number
}

/** A job that waits for a place. */
export interface Waiting extends Job {
  /** The lowest goes first. */
  readonly rank: number
  /** True once it was said that no worker could take it. */
  readonly saidUnfit: boolean
}

/** Jobs that need the same, in the order in which they go: where one does not fit, no other does. */
export interface Queue {
  readonly needs: Needs
  readonly jobs: readonly Waiting[]
  /**
   * When it is to be said that no worker which is there could take them, however idle, in milliseconds since the
   * epoch; undefined where one could.
   */
  readonly unfitAt: number | undefined
}

/** A job that has a place and no outcome yet. */
export interface Placed extends Job {
  readonly place: Place
  /** True once its run has ended: what runs goes on to its end, and is not tried again. */
  readonly runEnded: boolean
}

/** Where earlier attempts at a job have failed. Kept until its run ends. */
export interface Failures {
  readonly runId: string
  readonly since: number
  readonly workers: readonly string[]
}

/** A GPU; bytes, 0 where its memory is not known. */
export interface Gpu {
  readonly id: string
  readonly memory: number
}

/** What a worker offers, as last heard. */
export interface Worker {
  readonly workerId: string
  readonly slots: number
  readonly cpus: number
  /** Bytes; 0 where it is not known. */
  readonly memory: number
  readonly gpus: readonly Gpu[]
  readonly labels: readonly string[]
  readonly leaseMs: number
  /** False where it left, was lost, or has not said what it offers. */
  readonly joined: boolean
}

/** Everything the dispatcher knows. What may hold thousands is persistent: each event makes a new one of the old. */
export interface Floor {
  /** What waits, by its kind. */
  readonly queues: ReadonlyMap<string, Queue>
  /** The kind of each job that waits in a queue. */
  readonly kinds: Persistent<string, string>
  /** The jobs that were queued of each run that has not ended. */
  readonly runs: Persistent<string, readonly string[]>
  /** What waits for the end of a back-off. */
  readonly paused: readonly Waiting[]
  readonly placed: Persistent<string, Placed>
  /** The placed jobs whose ModelAssigned is not on the log yet: when they were placed, in milliseconds since the epoch. */
  readonly unconfirmed: ReadonlyMap<string, number>
  readonly workers: ReadonlyMap<string, Worker>
  /** When each worker was last heard, in milliseconds since the epoch, by its own clock. */
  readonly heardAt: ReadonlyMap<string, number>
  /** Workers that get nothing more until they are resumed. */
  readonly drained: ReadonlySet<string>
  /** By job. */
  readonly failures: ReadonlyMap<string, Failures>
  /** Attempts and runs that have ended, the latest last: what is queued of them late starts no more. */
  readonly ended: OrderedSet<string>
  /** The latest moment that a timer has said, in milliseconds since the epoch. */
  readonly time: number
  /** What follows from the event folded last; a job it places counts as placed at once. */
  readonly follows: { readonly from: string; readonly facts: readonly Fact<DispatcherOut>[] }
}

export const emptyFloor: Floor = {
  queues: new Map(),
  kinds: Persistent(),
  runs: Persistent(),
  paused: [],
  placed: Persistent(),
  unconfirmed: new Map(),
  workers: new Map(),
  heardAt: new Map(),
  drained: new Set(),
  failures: new Map(),
  ended: OrderedSet(),
  time: 0,
  follows: { from: '', facts: [] },
}

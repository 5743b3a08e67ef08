import { type Fact, type Recorded } from '../../core/event/event.ts'
import { type DispatcherIn, type DispatcherOut, type Floor, type Job, type Worker } from './state.ts'

/** When a worker counts as lost if nothing more is heard of it, in milliseconds since the epoch. */
export const leaseEnd = ({ heardAt, leaseMs }: Worker): number => heardAt + leaseMs

/** The lease of a worker that never said one. */
const usualLeaseMs = 30_000

/**
 * The floor with the worker of an assignment. Where nothing else is known of it (what it said of itself is no
 * longer on the log) it gets nothing more, and its lease runs from here: if it is gone, its job is lost.
 */
export const heardOf = (floor: Floor, { data, meta }: Recorded<'ModelAssigned'>): Floor => {
  const { workerId } = data
  if (floor.workers.has(workerId)) return floor
  const heardAt = Date.parse(meta.time)
  const worker: Worker = { workerId, slots: 0, gpus: [], leaseMs: usualLeaseMs, heardAt, joined: false }
  return { ...floor, workers: new Map(floor.workers).set(workerId, worker) }
}

/**
 * Workers whose lease has run out when a timer fires get nothing more, and the attempts they had are declared
 * lost. Until the log has that they stay known for another lease, so that it is said again where it was not
 * heard: a restart may fold a timer before the heartbeats that preceded it.
 */
export const lostAt = (
  floor: Floor,
  event: Recorded<DispatcherIn>,
): { readonly floor: Floor; readonly facts: readonly Fact<DispatcherOut>[] } => {
  if (event.type !== 'TimerFired') return { floor, facts: [] }
  const { dueAt } = event.data
  const heardAt = Math.max(dueAt, Date.parse(event.meta.time))
  const workers = new Map(floor.workers)
  const facts = [...floor.workers.values()]
    .filter((worker) => leaseEnd(worker) <= dueAt)
    .flatMap((worker) => {
      const { workerId } = worker
      const lost = [...floor.jobs.values()].filter(({ place }) => place?.workerId === workerId)
      if (lost.length === 0) workers.delete(workerId)
      else workers.set(workerId, { ...worker, joined: false, heardAt })
      return lost.map((job) => declaredLost(job, workerId))
    })
  return { floor: { ...floor, workers }, facts }
}

const declaredLost = ({ queued }: Job, workerId: string): Fact<'ModelFailed'> => {
  const { runId, jobId, attempt } = queued.data
  const message = `nothing was heard of worker ${workerId} for longer than its lease`
  const none = { exitCode: null, durationMs: null, log: null, logTail: null }
  return {
    type: 'ModelFailed',
    stream: runId,
    data: { runId, jobId, attempt, workerId, kind: 'lost', message, ...none },
  }
}

import { isDeepStrictEqual } from 'node:util'
import { type Fact, type Recorded } from '../../core/event/event.ts'
import { isOptional } from '../../core/flow/modelSchema.ts'
import { replanned } from './queue.ts'
import { type DispatcherIn, type Floor, type Placed, type Worker } from './state.ts'

/** When each worker counts as lost if nothing more is heard of it, in milliseconds since the epoch. */
export const leaseEnds = ({ workers, heardAt }: Floor): readonly (readonly [Worker, number])[] =>
  [...workers.values()].map((worker) => [worker, endOf(heardAt, worker)])

const endOf = (heardAt: Floor['heardAt'], { workerId, leaseMs }: Worker): number =>
  heardAt.get(workerId)! + leaseMs

/**
 * True for a worker of which nothing was heard for its lease, though no timer has said so yet, as after a restart: it
 * gets nothing until it is heard again.
 */
export const isSilent = ({ heardAt }: Floor, worker: Worker, now: number): boolean =>
  endOf(heardAt, worker) <= now

/** The lease of a worker that never said one. */
const usualLeaseMs = 30_000

/**
 * The floor with the worker of an assignment. Where nothing else is known of it (what it said of itself is no
 * longer on the log) it gets nothing more, and its lease runs from here: if it is gone, its job is lost.
 */
export const heardOf = (floor: Floor, { data, meta }: Recorded<'ModelAssigned'>): Floor => {
  const { workerId } = data
  if (floor.workers.has(workerId)) return floor
  const nothing = { slots: 0, cpus: 0, memory: 0, gpus: [], labels: [] }
  return withWorker(floor, { workerId, ...nothing, leaseMs: usualLeaseMs, joined: false }, meta.time)
}

/** The floor with a worker that says what it offers. One that states no CPUs has one for each slot. */
export const withOffer = (
  floor: Floor,
  { data, meta }: Recorded<'WorkerJoined'> | Recorded<'WorkerHeartbeat'>,
): Floor => {
  const { workerId, slots, memory, labels, leaseMs } = data
  const cpus = data.cpus === 0 ? slots : data.cpus
  const gpus = data.gpus.map((id, index) => ({ id, memory: data.gpuMemory[index] ?? 0 }))
  return withWorker(floor, { workerId, slots, cpus, memory, gpus, labels, leaseMs, joined: true }, meta.time)
}

/** Workers that still offer what they offered are the same object: then nothing has to be placed anew. */
const withWorker = (floor: Floor, worker: Worker, time: string): Floor => {
  const now = Date.parse(time)
  const heardAt = new Map(floor.heardAt).set(worker.workerId, now)
  const known = floor.workers.get(worker.workerId)
  return isDeepStrictEqual(known, worker) && !isSilent(floor, worker, now)
    ? { ...floor, heardAt }
    : { ...floor, heardAt, workers: new Map(floor.workers).set(worker.workerId, worker) }
}

/** The floor without a worker that has left in good order; what it runs it goes on with until its lease ends. */
export const withLeft = (floor: Floor, workerId: string): Floor => {
  const worker = floor.workers.get(workerId)
  if (!worker) return floor
  return { ...floor, workers: new Map(floor.workers).set(workerId, { ...worker, joined: false }) }
}

/**
 * Workers whose lease has run out when a timer fires get nothing more, and the attempts they had are declared
 * lost; what was only planned for them waits again. Until the log has that they stay known for another lease, so
 * that it is said again where it was not heard: a restart may fold a timer before the heartbeats that preceded it.
 */
export const lostAt = (
  floor: Floor,
  event: Recorded<DispatcherIn>,
): { readonly floor: Floor; readonly facts: readonly Fact<'ModelFailed'>[] } => {
  if (event.type !== 'TimerFired') return { floor, facts: [] }
  const { dueAt } = event.data
  const silent = leaseEnds(floor).filter(([, end]) => end <= dueAt)
  if (silent.length === 0) return { floor, facts: [] }
  const workers = new Map(floor.workers)
  const heardAt = new Map(floor.heardAt)
  const facts = silent.flatMap(([worker]) => {
    const { workerId } = worker
    const lost = [...floor.placed].flatMap(([id, job]) =>
      job.place.workerId === workerId && !floor.unconfirmed.has(id) ? [job] : [],
    )
    if (lost.length === 0) {
      workers.delete(workerId)
      heardAt.delete(workerId)
    } else {
      workers.set(workerId, { ...worker, joined: false })
      heardAt.set(workerId, Math.max(dueAt, Date.parse(event.meta.time)))
    }
    return lost.map((job) => declaredLost(job, workerId))
  })
  const isGone = ({ place }: Placed): boolean => silent.some(([{ workerId }]) => workerId === place.workerId)
  return { floor: replanned({ ...floor, workers, heardAt }, isGone), facts }
}

const declaredLost = ({ queued }: Placed, workerId: string): Fact<'ModelFailed'> => {
  const { runId, jobId, attempt, spec } = queued.data
  const optional = isOptional(spec)
  const message = `nothing was heard of worker ${workerId} for longer than its lease`
  const none = { exitCode: null, durationMs: null, log: null, logTail: null }
  return {
    type: 'ModelFailed',
    stream: runId,
    data: { runId, jobId, attempt, workerId, kind: 'lost', message, optional, ...none },
  }
}

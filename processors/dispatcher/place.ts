import { type Needs } from '../../core/flow/placement.ts'
import { isSilent } from './lease.ts'
import { type Offer, gpusFor, hasRoom, lacks, wholeOf, without } from './offer.ts'
import { inOrder } from './queue.ts'
import { type Floor, type Place, type Placed, type Queue, type Waiting, type Worker } from './state.ts'

/** A job and where it goes. */
export interface Placement {
  readonly job: Waiting
  readonly place: Place
}

/** A worker with what it has left. */
interface Room {
  readonly worker: Worker
  readonly slots: number[]
  offer: Offer
  /** Models that it runs. */
  busy: number
}

/** After so long what a job needs beyond a slot is kept for it, since small ones would pass it for ever. */
export const holdAfterMs = 30 * 60_000

/**
 * Places waiting jobs in their order, each where it fits best. A job that fits nowhere lets the next one pass, so
 * a free slot never idles while a job that fits waits; only where a large job was passed for half an hour, what it
 * needs on one worker is not given to others any more. `now` in milliseconds since the epoch.
 */
export const place = (floor: Floor, now: number): readonly Placement[] => {
  const rooms = roomsOf(floor, now)
  const placements: Placement[] = []
  const lines = [...floor.queues.values()].map((queue) => ({ queue, at: 0 }))
  while (lines.length > 0 && rooms.some(({ slots }) => slots.length > 0)) {
    const first = lines.reduce((a, b) => (inOrder(a.queue.jobs[a.at]!, b.queue.jobs[b.at]!) <= 0 ? a : b))
    const { jobs, needs } = first.queue
    const job = jobs[first.at]!
    const found = bestOf(rooms, needs, floor.failures.get(job.queued.data.jobId)?.workers ?? [])
    if (found) {
      placements.push({ job, place: take(found, needs) })
      first.at += 1
    } else if ((holdAt(job, first.queue) ?? Infinity) <= floor.time) hold(rooms, needs)
    // what is free only becomes less: what does not fit now does not fit later
    if (!found || first.at === jobs.length) lines.splice(lines.indexOf(first), 1)
  }
  return placements
}

/** A worker that is there and gets jobs. */
export const isOpen = ({ drained }: Pick<Floor, 'drained'>, { joined, workerId }: Worker): boolean =>
  joined && !drained.has(workerId)

/**
 * When what a job of a queue needs is kept for it, in milliseconds since the epoch; undefined where a slot is enough
 * for it.
 */
export const holdAt = (
  { queued: { data, meta } }: Waiting,
  { needs: { cpus, memory, gpus } }: Pick<Queue, 'needs'>,
): number | undefined =>
  cpus > 1 || memory > 0 || gpus > 0
    ? Math.max(Date.parse(meta.time), data.notBefore ?? 0) + holdAfterMs
    : undefined

const roomsOf = (floor: Floor, now: number): readonly Room[] => {
  const byWorker = new Map<string, Placed[]>()
  for (const job of floor.placed.values()) {
    const known = byWorker.get(job.place.workerId)
    if (known) known.push(job)
    else byWorker.set(job.place.workerId, [job])
  }
  return [...floor.workers.values()]
    .filter((worker) => isOpen(floor, worker) && !isSilent(floor, worker, now))
    .map((worker) => roomOf(worker, byWorker.get(worker.workerId) ?? []))
}

const roomOf = (worker: Worker, jobs: readonly Placed[]): Room => {
  const slots: number[] = []
  const taken = new Set(jobs.map(({ place: at }) => at.slot))
  for (let slot = 0; slot < worker.slots; slot += 1) if (!taken.has(slot)) slots.push(slot)
  // nobody asks what a worker without a free slot has left
  const offer = (slots.length === 0 ? [] : jobs).reduce(
    (left, { queued, place: at }) => without(left, queued.data, at.gpus),
    wholeOf(worker),
  )
  return { worker, slots, offer, busy: jobs.length }
}

const take = (room: Room, needs: Needs): Place => {
  const gpus = gpusFor(room.offer, needs)!
  room.offer = without(room.offer, needs, gpus)
  room.busy += 1
  return { workerId: room.worker.workerId, slot: room.slots.shift()!, gpus }
}

const bestOf = (rooms: readonly Room[], needs: Needs, failedOn: readonly string[]): Room | undefined => {
  let best: Room | undefined
  for (const room of rooms) {
    const { worker, slots, offer } = room
    if (slots.length === 0 || !hasRoom(offer, needs)) continue
    if (!needs.labels.every((label) => worker.labels.includes(label))) continue
    if (gpusFor(offer, needs) === undefined) continue
    if (best === undefined || preferred(room, best, needs, failedOn) < 0) best = room
  }
  return best
}

/**
 * Of two workers that a job fits on: one on which it has not failed; one that has no GPU and no label that the job
 * does not need, for others may need them; the one with the most free slots.
 */
const preferred = (a: Room, b: Room, needs: Needs, failedOn: readonly string[]): number => {
  const failed = ({ worker }: Room): number => Number(failedOn.includes(worker.workerId))
  const idleGpus = ({ worker }: Room): number => Number(needs.gpus === 0 && worker.gpus.length > 0)
  return (
    failed(a) - failed(b) ||
    idleGpus(a) - idleGpus(b) ||
    a.worker.labels.length - b.worker.labels.length ||
    b.slots.length - a.slots.length ||
    (a.worker.workerId < b.worker.workerId ? -1 : 1)
  )
}

/**
 * Keeps what a job needs on the least busy of the workers that could take it: what comes later has the rest of that
 * worker. Whatever ends there frees a slot, too.
 */
const hold = (rooms: readonly Room[], needs: Needs): void => {
  const [chosen] = rooms
    .filter(({ worker }) => lacks(worker, needs).length === 0)
    .sort((a, b) => a.busy - b.busy || (a.worker.workerId < b.worker.workerId ? -1 : 1))
  if (!chosen) return
  const gpus = needs.gpus === 0 ? [] : chosen.worker.gpus.map(({ id }) => id)
  chosen.offer = without(chosen.offer, { ...needs, gpuMemory: 0 }, gpus)
}

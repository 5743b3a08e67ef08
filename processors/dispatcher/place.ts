import { type Floor, type Job, type Place, type Worker } from './state.ts'

/** A job and where it goes. */
export interface Placement {
  readonly job: Job
  readonly place: Place
}

/**
 * Places waiting jobs: by priority, then by age; each on the worker with the most free slots, and only where
 * no other has one on a worker on which it has failed. A job that fits nowhere lets the next one pass, so a
 * free slot never idles while a job that fits waits.
 */
export const place = (floor: Floor): readonly Placement[] => {
  const free = new Map(
    [...floor.workers.values()]
      .filter(({ joined }) => joined)
      .map((worker) => [worker, freeOn(floor, worker)]),
  )
  const waiting = [...floor.jobs.values()].filter((job) => job.place === undefined).sort(urgency)
  return waiting.flatMap((job): Placement[] => {
    const { gpus, jobId } = job.queued.data
    const failedOn = floor.failures.get(jobId)?.workers ?? []
    const failed = ({ workerId }: Worker): number => Number(failedOn.includes(workerId))
    const [best] = [...free]
      .filter(([, rest]) => rest.slots.length > 0 && rest.gpus.length >= gpus)
      .sort(
        ([a, x], [b, y]) =>
          failed(a) - failed(b) || y.slots.length - x.slots.length || compare(a.workerId, b.workerId),
      )
    if (!best) return []
    const [{ workerId }, rest] = best
    return [{ job, place: { workerId, slot: rest.slots.shift()!, gpus: rest.gpus.splice(0, gpus) } }]
  })
}

const freeOn = ({ jobs }: Floor, worker: Worker): { slots: number[]; gpus: string[] } => {
  const taken = [...jobs.values()].flatMap((job) =>
    job.place?.workerId === worker.workerId ? [job.place] : [],
  )
  const slots = new Set(taken.map(({ slot }) => slot))
  const gpus = new Set(taken.flatMap((one) => one.gpus))
  return {
    slots: Array.from({ length: worker.slots }, (_, slot) => slot).filter((slot) => !slots.has(slot)),
    gpus: worker.gpus.filter((gpu) => !gpus.has(gpu)),
  }
}

const urgency = (a: Job, b: Job): number =>
  b.queued.data.priority - a.queued.data.priority ||
  compare(a.queued.meta.time, b.queued.meta.time) ||
  compare(a.queued.data.jobId, b.queued.data.jobId)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

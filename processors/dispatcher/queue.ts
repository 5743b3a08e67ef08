import { type Recorded } from '../../core/event/event.ts'
import { type Floor, type Placed, type Queue, type Waiting } from './state.ts'

/** What a level of priority is worth: a job goes ahead of those of the next lower level that came so much earlier. */
const levelMs = 10 * 60_000

/** A job that was just queued. What waits longer gains on what is more urgent, so that none starves. */
export const arrived = (queued: Recorded<'ModelQueued'>, since: number): Waiting => ({
  queued,
  since,
  rank: since - queued.data.priority * levelMs,
  saidUnfit: false,
})

/** The order of two jobs that wait, negative where the first one goes first: by priority and age. */
export const inOrder = (a: Waiting, b: Waiting): number =>
  a.rank - b.rank || compare(a.queued.data.jobId, b.queued.data.jobId)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Jobs that need the same have the same kind. */
const kindOf = ({ queued: { data } }: Waiting): string =>
  [data.cpus, data.memory, data.gpus, data.gpuMemory, ...data.labels].join(' ')

/** The floor with one more job that waits, at its place in its queue. */
export const enqueued = (floor: Floor, job: Waiting): Floor => {
  const kind = kindOf(job)
  const { cpus, memory, gpus, gpuMemory, labels } = job.queued.data
  const fresh = { needs: { cpus, memory, gpus, gpuMemory, labels }, unfitAt: undefined, jobs: [] }
  const queue: Queue = floor.queues.get(kind) ?? fresh
  return {
    ...floor,
    queues: new Map(floor.queues).set(kind, { ...queue, jobs: withJob(queue.jobs, job) }),
    kinds: floor.kinds.set(job.queued.data.jobId, kind),
  }
}

const withJob = (jobs: readonly Waiting[], job: Waiting): readonly Waiting[] => {
  let [low, high] = [0, jobs.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (inOrder(jobs[middle]!, job) <= 0) low = middle + 1
    else high = middle
  }
  return [...jobs.slice(0, low), job, ...jobs.slice(low)]
}

/** The floor where some jobs that were only planned wait again; `isOver` is told since when each is planned. */
export const replanned = (floor: Floor, isOver: (job: Placed, placedAt: number) => boolean): Floor => {
  const jobs = [...floor.unconfirmed].flatMap(([id, placedAt]) => {
    const job = floor.placed.get(id)!
    return isOver(job, placedAt) ? [job] : []
  })
  if (jobs.length === 0) return floor
  const ids = jobs.map(({ queued }) => queued.data.jobId)
  const unconfirmed = new Map([...floor.unconfirmed].filter(([id]) => !ids.includes(id)))
  const rest: Floor = { ...floor, unconfirmed, placed: floor.placed.deleteAll(ids) }
  return jobs.reduce((after, { queued, since }) => enqueued(after, arrived(queued, since)), rest)
}

/** The floor without some jobs that wait in its queues. */
export const dequeued = (floor: Floor, gone: readonly Waiting[]): Floor => {
  if (gone.length === 0) return floor
  const queues = new Map(floor.queues)
  const jobs = new Set(gone)
  const ids = gone.map(({ queued }) => queued.data.jobId)
  for (const kind of new Set(ids.map((id) => floor.kinds.get(id)!))) {
    const queue = queues.get(kind)!
    const left = queue.jobs.filter((job) => !jobs.has(job))
    if (left.length === 0) queues.delete(kind)
    else queues.set(kind, { ...queue, jobs: left })
  }
  return { ...floor, queues, kinds: floor.kinds.deleteAll(ids) }
}

/** The floor after a moment has come: those whose back-off is over wait for a place. */
export const atTime = (floor: Floor, moment: number): Floor => {
  const time = Math.max(floor.time, moment)
  const over = floor.paused.filter((job) => isDue(job, time))
  const paused = over.length === 0 ? floor.paused : floor.paused.filter((job) => !over.includes(job))
  return over.reduce(enqueued, { ...floor, time, paused })
}

/** True when a job may go, by its flow's back-off. */
export const isDue = ({ queued }: Waiting, time: number): boolean =>
  queued.data.notBefore === null || queued.data.notBefore <= time

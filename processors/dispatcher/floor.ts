import { dequeued } from './queue.ts'
import { type Floor, type Job, type Placed, type Waiting } from './state.ts'

type Either = Waiting | Placed

/** True for a job that has a place. */
export const isPlaced = (job: Either): job is Placed => 'place' in job

/** The job with this id, wherever it is. */
export const jobOf = ({ placed, queues, kinds, paused }: Floor, jobId: string): Either | undefined => {
  const isIt = ({ queued }: Job): boolean => queued.data.jobId === jobId
  const kind = kinds.get(jobId)
  return kind === undefined ? (placed.get(jobId) ?? paused.find(isIt)) : queues.get(kind)!.jobs.find(isIt)
}

/** The floor without some jobs, wherever they were; their places are free. */
export const withoutJobs = (floor: Floor, gone: readonly Either[]): Floor => {
  const jobs = new Set(gone)
  const waiting = gone.filter((job): job is Waiting => !isPlaced(job))
  const queuing = waiting.filter(({ queued }) => floor.kinds.has(queued.data.jobId))
  const paused = queuing.length < waiting.length ? floor.paused.filter((job) => !jobs.has(job)) : floor.paused
  return withoutPlaced({ ...dequeued(floor, queuing), paused }, gone.filter(isPlaced))
}

const withoutPlaced = (floor: Floor, gone: readonly Placed[]): Floor => {
  if (gone.length === 0) return floor
  const ids = gone.map(({ queued }) => queued.data.jobId)
  const unconfirmed = new Map([...floor.unconfirmed].filter(([id]) => !ids.includes(id)))
  return { ...floor, placed: floor.placed.deleteAll(ids), unconfirmed }
}

/** The jobs of a run that has not ended, which wait or have a place. */
export const jobsOf = (floor: Floor, runId: string): readonly Either[] =>
  (floor.runs.get(runId) ?? []).flatMap((jobId) => jobOf(floor, jobId) ?? [])

/** The floor with a job among those of its run. */
export const withOfRun = (floor: Floor, { runId, jobId }: Job['queued']['data']): Floor => {
  const jobs = floor.runs.get(runId) ?? []
  return jobs.includes(jobId) ? floor : { ...floor, runs: floor.runs.set(runId, [...jobs, jobId]) }
}

/** Remembers that a job has failed on a worker, as long as it may be tried again. */
export const withFailure = (floor: Floor, { queued, since }: Job, workerId: string): Floor => {
  const { runId, jobId } = queued.data
  const workers = [...(floor.failures.get(jobId)?.workers ?? []), workerId]
  return { ...floor, failures: new Map(floor.failures).set(jobId, { runId, since, workers }) }
}

/** How many attempts and runs are remembered: a late repetition is hours late, not weeks. */
const remembered = 10_000

/** Remembers that an attempt or a run has ended. */
export const withEnded = (floor: Floor, key: string): Floor => {
  const ended = floor.ended.add(key)
  return { ...floor, ended: ended.size > remembered ? ended.delete(ended.first()!) : ended }
}

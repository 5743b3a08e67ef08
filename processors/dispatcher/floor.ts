import { type Floor, type Job } from './state.ts'

/** The floor with a job, in place of what was known of it. */
export const withJob = (floor: Floor, job: Job): Floor => ({
  ...floor,
  jobs: new Map(floor.jobs).set(job.queued.data.jobId, job),
})

/** The floor without some jobs; their slots are free. */
export const withoutJobs = (floor: Floor, gone: (job: Job) => boolean): Floor => ({
  ...floor,
  jobs: new Map([...floor.jobs].filter(([, job]) => !gone(job))),
})

/** Remembers that a job has failed on a worker, as long as it may be tried again. */
export const withFailure = (floor: Floor, { queued, runEnded }: Job, workerId: string): Floor => {
  if (runEnded) return floor
  const { runId, jobId } = queued.data
  const workers = [...(floor.failures.get(jobId)?.workers ?? []), workerId]
  return { ...floor, failures: new Map(floor.failures).set(jobId, { runId, workers }) }
}

/** How many attempts and runs are remembered: a late repetition is hours late, not weeks. */
const remembered = 10_000

/** Remembers that an attempt or a run has ended. */
export const withEnded = (floor: Floor, key: string): Floor => ({
  ...floor,
  ended: [...floor.ended.slice(1 - remembered), key],
})

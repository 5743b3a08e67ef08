import { type Fact, type Recorded } from '../../core/event/event.ts'
import { attemptKey } from '../../core/run/attempt.ts'
import { withEnded, withFailure, withJob, withoutJobs } from './floor.ts'
import { heardOf, lostAt } from './lease.ts'
import { place } from './place.ts'
import { type DispatcherIn, type Floor, type Job, type Worker } from './state.ts'

/**
 * Folds jobs and workers, then places what waits. The placement is part of the state, so the next event
 * finds the slot taken, however late its ModelAssigned is read back; the first ModelAssigned on the log
 * of an attempt holds and corrects the placement where it says otherwise.
 */
export const evolve = (before: Floor, event: Recorded<DispatcherIn>): Floor => {
  const lost = lostAt(before, event)
  const floor = fold(lost.floor, event)
  const again =
    event.type === 'WorkerHeartbeat' ? [...floor.jobs.values()].filter((job) => job.beats === 2) : []
  const placed = place(floor).map(({ job, place: where }): Job => ({ ...job, place: where, beats: 0 }))
  const jobs = placed.length === 0 ? floor.jobs : new Map(floor.jobs)
  for (const job of placed) (jobs as Map<string, Job>).set(job.queued.data.jobId, job)
  return {
    ...floor,
    jobs,
    follows: { from: event.meta.id, facts: [...lost.facts, ...[...again, ...placed].map(assigned)] },
  }
}

const assigned = ({ queued, place: where }: Job): Fact<'ModelAssigned'> => {
  const { runId, jobId, attempt, spec, inputs, timeoutMs, flowName, name, gpuMemory } = queued.data
  const data = { runId, jobId, attempt, ...where!, spec, inputs, timeoutMs, flowName, name, gpuMemory }
  return { type: 'ModelAssigned', stream: runId, data }
}

const fold = (floor: Floor, event: Recorded<DispatcherIn>): Floor => {
  switch (event.type) {
    case 'ModelQueued': {
      const known = floor.jobs.get(event.data.jobId)
      if (known && known.queued.data.attempt >= event.data.attempt) return floor
      // its outcome is on the log: nobody would ever free the slot
      if (floor.ended.includes(attemptKey(event.data)) || floor.ended.includes(event.data.runId)) return floor
      const job = { queued: event, place: undefined, confirmed: false, beats: 0, runEnded: false }
      return withJob(floor, job)
    }
    case 'ModelAssigned': {
      const job = floor.jobs.get(event.data.jobId)
      if (!job || job.confirmed || job.queued.data.attempt !== event.data.attempt) return floor
      const { workerId, slot, gpus } = event.data
      const confirmed = { ...job, place: { workerId, slot, gpus }, confirmed: true, beats: 0 }
      return withJob(heardOf(floor, event), confirmed)
    }
    case 'ModelFinished':
    case 'ModelFailed': {
      const after = withEnded(floor, attemptKey(event.data))
      const job = floor.jobs.get(event.data.jobId)
      if (job?.queued.data.attempt !== event.data.attempt) return after
      const freed = withoutJobs(after, (one) => one === job)
      return event.type === 'ModelFailed' ? withFailure(freed, job, event.data.workerId) : freed
    }
    case 'RunFinished':
    case 'RunFailed':
      return runEnded(floor, event.data.runId)
    case 'RunCancelled': {
      // Its containers are killed: what it had is free.
      const { runId } = event.data
      return withoutJobs(runEnded(floor, runId), ({ queued }) => queued.data.runId === runId)
    }
    case 'WorkerJoined':
    case 'WorkerHeartbeat': {
      const { workerId, slots, gpus, leaseMs } = event.data
      const worker: Worker = {
        workerId,
        slots,
        gpus,
        leaseMs,
        heardAt: Date.parse(event.meta.time),
        joined: true,
      }
      const workers = new Map(floor.workers).set(workerId, worker)
      return { ...floor, workers, jobs: event.type === 'WorkerHeartbeat' ? beaten(floor.jobs) : floor.jobs }
    }
    case 'WorkerLeft': {
      const worker = floor.workers.get(event.data.workerId)
      return worker
        ? { ...floor, workers: new Map(floor.workers).set(worker.workerId, { ...worker, joined: false }) }
        : floor
    }
    case 'TimerFired':
      return floor
  }
}

/** What runs goes on to its end and frees its slot then; what waits never starts. */
const runEnded = (floor: Floor, runId: string): Floor => {
  const isOfRun = ({ queued }: Job): boolean => queued.data.runId === runId
  const placed = withoutJobs(withEnded(floor, runId), (job) => isOfRun(job) && job.place === undefined)
  return {
    ...placed,
    jobs: new Map([...placed.jobs].map(([id, job]) => [id, isOfRun(job) ? { ...job, runEnded: true } : job])),
    failures: new Map([...placed.failures].filter(([, failed]) => failed.runId !== runId)),
  }
}

/**
 * After a restart a placement may rest on another order of topics than the one that was announced: it is said
 * again when two heartbeats did not see it on the log, or given up where nobody wants it any more.
 */
const beaten = (jobs: Floor['jobs']): Floor['jobs'] => {
  const isOpen = ({ place: at, confirmed }: Job): boolean => at !== undefined && !confirmed
  if (![...jobs.values()].some(isOpen)) return jobs
  const beat = (job: Job): Job => (isOpen(job) ? { ...job, beats: (job.beats % 2) + 1 } : job)
  return new Map(
    [...jobs]
      .map(([id, job]) => [id, beat(job)] as const)
      .filter(([, job]) => !(job.runEnded && job.beats === 2)),
  )
}

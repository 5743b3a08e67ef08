import { type Fact, type Recorded } from '../../core/event/event.ts'
import { type DispatcherIn, type DispatcherOut, type Floor, type Job, type Worker } from './state.ts'
import { place } from './place.ts'

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
  const { runId, jobId, attempt, spec, inputs, timeoutMs, flowName, name } = queued.data
  const data = { runId, jobId, attempt, ...where!, spec, inputs, timeoutMs, flowName, name }
  return { type: 'ModelAssigned', stream: runId, data }
}

const fold = (floor: Floor, event: Recorded<DispatcherIn>): Floor => {
  switch (event.type) {
    case 'ModelQueued': {
      const known = floor.jobs.get(event.data.jobId)
      if (known && known.queued.data.attempt >= event.data.attempt) return floor
      return withJob(floor, { queued: event, place: undefined, confirmed: false, beats: 0 })
    }
    case 'ModelAssigned': {
      const job = floor.jobs.get(event.data.jobId)
      if (!job || job.confirmed || job.queued.data.attempt !== event.data.attempt) return floor
      const { workerId, slot, gpus } = event.data
      return withJob(floor, { ...job, place: { workerId, slot, gpus }, confirmed: true })
    }
    case 'ModelFinished':
    case 'ModelFailed':
      return floor.jobs.get(event.data.jobId)?.queued.data.attempt === event.data.attempt
        ? withoutJobs(floor, ({ queued }) => queued.data.jobId === event.data.jobId)
        : floor
    case 'RunFinished':
    case 'RunFailed':
      // What runs goes on to its end and frees its slot then; what waits never starts.
      return withoutJobs(
        floor,
        (job) => job.queued.data.runId === event.data.runId && job.place === undefined,
      )
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

/** After a restart a placement may rest on another order of topics than the one that was announced. */
const beaten = (jobs: Floor['jobs']): Floor['jobs'] =>
  [...jobs.values()].some(({ place: at, confirmed }) => at && !confirmed)
    ? new Map(
        [...jobs].map(([id, job]) => [
          id,
          job.place && !job.confirmed ? { ...job, beats: (job.beats % 2) + 1 } : job,
        ]),
      )
    : jobs

/** Workers whose lease has run out when a timer fires are gone, and with them the attempts they had. */
const lostAt = (
  floor: Floor,
  event: Recorded<DispatcherIn>,
): { floor: Floor; facts: readonly Fact<DispatcherOut>[] } => {
  if (event.type !== 'TimerFired') return { floor, facts: [] }
  const { dueAt } = event.data
  const gone = new Set(
    [...floor.workers.values()].filter((one) => leaseEnd(one) <= dueAt).map(({ workerId }) => workerId),
  )
  const lost = [...floor.jobs.values()].filter(({ place: at }) => at !== undefined && gone.has(at.workerId))
  const facts = lost.map(({ queued, place: at }): Fact<'ModelFailed'> => {
    const { runId, jobId, attempt } = queued.data
    const message = `nothing was heard of worker ${at!.workerId} for longer than its lease`
    const none = { exitCode: null, durationMs: null, log: null, logTail: null }
    return {
      type: 'ModelFailed',
      stream: runId,
      data: { runId, jobId, attempt, workerId: at!.workerId, kind: 'lost', message, ...none },
    }
  })
  const workers = new Map([...floor.workers].filter(([id]) => !gone.has(id)))
  const still = withoutJobs({ ...floor, workers }, (job) => lost.includes(job))
  return { floor: still, facts }
}

/** When a worker counts as lost if nothing more is heard of it, in milliseconds since the epoch. */
export const leaseEnd = ({ heardAt, leaseMs }: Worker): number => heardAt + leaseMs

const withJob = (floor: Floor, job: Job): Floor => ({
  ...floor,
  jobs: new Map(floor.jobs).set(job.queued.data.jobId, job),
})

const withoutJobs = (floor: Floor, gone: (job: Job) => boolean): Floor => ({
  ...floor,
  jobs: new Map([...floor.jobs].filter(([, job]) => !gone(job))),
})

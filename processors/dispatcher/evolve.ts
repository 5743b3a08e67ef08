import { isDeepStrictEqual } from 'node:util'
import { type Fact, type Recorded } from '../../core/event/event.ts'
import { attemptKey } from '../../core/run/attempt.ts'
import { isPlaced, jobOf, jobsOf, withEnded, withFailure, withOfRun, withoutJobs } from './floor.ts'
import { heardOf, lostAt, withLeft, withOffer } from './lease.ts'
import { place } from './place.ts'
import { arrived, atTime, dequeued, enqueued, isDue, replanned } from './queue.ts'
import { type DispatcherIn, type Floor, type Place, type Placed, type Waiting } from './state.ts'
import { unplaceableAt, withSaid, withUnfit } from './unfit.ts'

/**
 * Folds jobs and workers, then places what waits. The placement is part of the state, so the next event
 * finds the slot taken, however late its ModelAssigned is read back; the first ModelAssigned on the log
 * of an attempt holds and corrects the placement where it says otherwise.
 */
export const evolve = (before: Floor, event: Recorded<DispatcherIn>): Floor => {
  const lost = lostAt(before, event)
  const { floor, placed } = withPlaces(before, fold(lost.floor, event), event)
  const unplaceable = unplaceableAt(withUnfit(before, floor, event), event)
  const facts = [...lost.facts, ...placed.map(assigned), ...unplaceable.facts]
  return { ...unplaceable.floor, follows: { from: event.meta.id, facts } }
}

/** Gives waiting jobs their places. Nothing fitted before: where no job came and no place became free, nothing does. */
const withPlaces = (
  before: Floor,
  floor: Floor,
  { meta }: Recorded,
): { readonly floor: Floor; readonly placed: readonly Placed[] } => {
  const parts = ['queues', 'placed', 'workers', 'drained', 'time'] as const
  const now = Date.parse(meta.time)
  const placements = parts.every((part) => before[part] === floor[part]) ? [] : place(floor, now)
  if (placements.length === 0) return { floor, placed: [] }
  const placed = placements.map(({ job: { queued, since }, place: at }): Placed => ({
    queued,
    since,
    place: at,
    runEnded: false,
  }))
  const ids = placed.map(({ queued }) => queued.data.jobId)
  return {
    floor: {
      ...dequeued(
        floor,
        placements.map(({ job }) => job),
      ),
      placed: floor.placed.merge(placed.map((job) => [job.queued.data.jobId, job])),
      unconfirmed: new Map([...floor.unconfirmed, ...ids.map((id) => [id, now] as const)]),
    },
    placed,
  }
}

const assigned = ({ queued, place: where }: Placed): Fact<'ModelAssigned'> => {
  const { runId, jobId, attempt, spec, inputs, timeoutMs, flowName, name, gpuMemory } = queued.data
  const data = { runId, jobId, attempt, ...where, spec, inputs, timeoutMs, flowName, name, gpuMemory }
  return { type: 'ModelAssigned', stream: runId, data }
}

const fold = (floor: Floor, event: Recorded<DispatcherIn>): Floor => {
  switch (event.type) {
    case 'ModelQueued':
      return queued(floor, event)
    case 'ModelAssigned':
      return confirmed(floor, event)
    case 'ModelUnplaceable':
      return withSaid(floor, event)
    case 'ModelFinished':
    case 'ModelFailed': {
      const after = withEnded(floor, attemptKey(event.data))
      const job = jobOf(floor, event.data.jobId)
      if (job?.queued.data.attempt !== event.data.attempt) return after
      const freed = withoutJobs(after, [job])
      const isOver = event.type === 'ModelFinished' || (isPlaced(job) && job.runEnded)
      return isOver ? freed : withFailure(freed, job, event.data.workerId)
    }
    case 'RunFinished':
    case 'RunFailed':
      return runEnded(floor, event.data.runId)
    case 'RunCancelled': {
      // Its containers are killed: what it had is free, though it had failed before.
      const { runId } = event.data
      const had = floor.placed.filter(({ queued: { data } }) => data.runId === runId)
      return runEnded(withoutJobs(floor, [...had.values()]), runId)
    }
    case 'WorkerJoined':
    case 'WorkerHeartbeat':
      return withOffer(floor, event)
    case 'WorkerLeft':
      return withLeft(floor, event.data.workerId)
    case 'WorkerDrained':
      return withoutPlans({ ...floor, drained: new Set([...floor.drained, event.data.workerId]) }, event.data)
    case 'WorkerResumed':
      return { ...floor, drained: new Set([...floor.drained].filter((id) => id !== event.data.workerId)) }
    case 'TimerFired':
      return atTime(withoutOldPlans(floor, event.data.dueAt), event.data.dueAt)
  }
}

const queued = (floor: Floor, event: Recorded<'ModelQueued'>): Floor => {
  const { jobId, runId, attempt } = event.data
  const known = jobOf(floor, jobId)
  if (known && known.queued.data.attempt >= attempt) return floor
  // its outcome is on the log: nobody would ever free the slot
  if (floor.ended.has(attemptKey(event.data)) || floor.ended.has(runId)) return floor
  const since = known?.since ?? floor.failures.get(jobId)?.since ?? Date.parse(event.meta.time)
  const rest = withOfRun(known ? withoutJobs(floor, [known]) : floor, event.data)
  const job: Waiting = arrived(event, since)
  return isDue(job, rest.time) ? enqueued(rest, job) : { ...rest, paused: [...rest.paused, job] }
}

/**
 * The first assignment of an attempt on the log holds, wherever we would have placed it; none behind the end of its
 * run does. What was planned for a worker that was given something else is planned anew.
 */
const confirmed = (floor: Floor, event: Recorded<'ModelAssigned'>): Floor => {
  const { runId, jobId, attempt, workerId, slot, gpus } = event.data
  const job = jobOf(floor, jobId)
  if (job?.queued.data.attempt !== attempt || floor.ended.has(runId)) return floor
  if (isPlaced(job) && !floor.unconfirmed.has(jobId)) return floor
  const unconfirmed = new Map(floor.unconfirmed)
  unconfirmed.delete(jobId)
  const known = heardOf({ ...floor, unconfirmed }, event)
  const at: Place = { workerId, slot, gpus }
  if (isPlaced(job) && isDeepStrictEqual(job.place, at)) return known
  const placed: Placed = { queued: job.queued, since: job.since, place: at, runEnded: false }
  const rest = withoutPlans(isPlaced(job) ? known : withoutJobs(known, [job]), { workerId }, jobId)
  return { ...rest, placed: rest.placed.set(jobId, placed) }
}

/** What runs goes on to its end and frees its slot then; what waits, or was only planned, never starts. */
const runEnded = (floor: Floor, runId: string): Floor => {
  const jobs = jobsOf(floor, runId)
  const isRunning = (job: Waiting | Placed): job is Placed =>
    isPlaced(job) && !floor.unconfirmed.has(job.queued.data.jobId)
  const rest = withoutJobs(
    floor,
    jobs.filter((job) => !isRunning(job)),
  )
  const marked = jobs
    .filter(isRunning)
    .map((job): [string, Placed] => [job.queued.data.jobId, { ...job, runEnded: true }])
  return {
    ...withEnded(rest, runId),
    runs: floor.runs.delete(runId),
    placed: rest.placed.merge(marked),
    failures: new Map([...floor.failures].filter(([, failed]) => failed.runId !== runId)),
  }
}

/** After so long a plan that is not on the log was never announced: timers fire only where all that is there was read. */
const planMs = 10_000

/** When the oldest plan counts as never announced, in milliseconds since the epoch. */
export const planEnds = ({ unconfirmed }: Floor): readonly number[] =>
  [...unconfirmed.values()].map((placedAt) => placedAt + planMs)

/**
 * A restart folds the topics in another order than they were written, and so plans what was never announced. That
 * waits again, to be placed beside what the log says.
 */
const withoutOldPlans = (floor: Floor, time: number): Floor =>
  replanned(floor, (_, placedAt) => placedAt + planMs <= time)

const withoutPlans = (floor: Floor, { workerId }: Pick<Place, 'workerId'>, but?: string): Floor =>
  replanned(floor, ({ place: at, queued: { data } }) => at.workerId === workerId && data.jobId !== but)

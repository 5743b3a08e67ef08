import { type Fact, type Recorded } from '../../core/event/event.ts'
import { type Needs } from '../../core/flow/placement.ts'
import { lacks } from './offer.ts'
import { isOpen } from './place.ts'
import { type DispatcherIn, type Floor, type Queue, type Waiting } from './state.ts'

/**
 * How long jobs must have fitted nowhere before that is said: where a worker fitted before, or none is there, one may
 * be starting again.
 */
const patienceMs = { never: 2000, before: 30_000 }

/** The floor after an event, where each queue is marked that no worker which is there could take anything of. */
export const withUnfit = (before: Floor, floor: Floor, event: Recorded<DispatcherIn>): Floor => {
  const isSameCrew = before.workers === floor.workers && before.drained === floor.drained
  const isDeserted = ![...floor.workers.values()].some((worker) => isOpen(floor, worker))
  const queues = new Map<string, Queue>()
  for (const [kind, queue] of floor.queues) {
    if (before.queues.has(kind) && isSameCrew) continue
    const isFit = [...floor.workers.values()].some(
      (worker) => isOpen(floor, worker) && lacks(worker, queue.needs).length === 0,
    )
    if (isFit === (queue.unfitAt === undefined)) continue
    const jobs = isFit ? queue.jobs.map((job) => ({ ...job, saidUnfit: false })) : queue.jobs
    const patience = before.queues.has(kind) || isDeserted ? patienceMs.before : patienceMs.never
    queues.set(kind, { ...queue, jobs, unfitAt: isFit ? undefined : Date.parse(event.meta.time) + patience })
  }
  return queues.size === 0 ? floor : { ...floor, queues: new Map([...floor.queues, ...queues]) }
}

/** When it is to be said of a queue that it fits nowhere, in milliseconds since the epoch; undefined where it is said. */
export const sayUnfitAt = ({ unfitAt, jobs }: Queue): number | undefined =>
  jobs.every(({ saidUnfit }) => saidUnfit) ? undefined : unfitAt

/** Says of each job that has fitted nowhere for long enough when a timer fires, once. */
export const unplaceableAt = (
  floor: Floor,
  event: Recorded<DispatcherIn>,
): { readonly floor: Floor; readonly facts: readonly Fact<'ModelUnplaceable'>[] } => {
  if (event.type !== 'TimerFired') return { floor, facts: [] }
  const { dueAt } = event.data
  const due = [...floor.queues].filter(([, queue]) => (sayUnfitAt(queue) ?? Infinity) <= dueAt)
  if (due.length === 0) return { floor, facts: [] }
  const said = due.map(([kind, queue]) => [kind, allSaid(queue)] as const)
  const facts = due.flatMap(([, { needs, jobs }]) => {
    const reason = reasonOf(floor, needs)
    return jobs.filter(({ saidUnfit }) => !saidUnfit).map((job) => unplaceable(job, reason))
  })
  return { floor: { ...floor, queues: new Map([...floor.queues, ...said]) }, facts }
}

const allSaid = (queue: Queue): Queue => ({
  ...queue,
  jobs: queue.jobs.map((job) => (job.saidUnfit ? job : { ...job, saidUnfit: true })),
})

/** The floor where it is on the log of an attempt that no worker could take it. */
export const withSaid = (floor: Floor, { data }: Recorded<'ModelUnplaceable'>): Floor => {
  const kind = floor.kinds.get(data.jobId)
  if (kind === undefined) return floor
  const queue = floor.queues.get(kind)!
  const jobs = queue.jobs.map((job) =>
    job.queued.data.jobId === data.jobId && job.queued.data.attempt === data.attempt
      ? { ...job, saidUnfit: true }
      : job,
  )
  return { ...floor, queues: new Map(floor.queues).set(kind, { ...queue, jobs }) }
}

const unplaceable = ({ queued }: Waiting, reason: string): Fact<'ModelUnplaceable'> => {
  const { runId, jobId, attempt, name, flowName } = queued.data
  return { type: 'ModelUnplaceable', stream: runId, data: { runId, jobId, attempt, name, flowName, reason } }
}

/** How many workers are named of those that lack the same. */
const named = 3

/** What each worker lacks, workers that lack the same together. */
const reasonOf = (floor: Floor, needs: Needs): string => {
  const byReason = new Map<string, string[]>()
  for (const worker of floor.workers.values()) {
    if (!worker.joined) continue
    const isDrained = floor.drained.has(worker.workerId)
    const why = isDrained ? 'is drained' : `has ${lacks(worker, needs).join(' and ')}`
    byReason.set(why, [...(byReason.get(why) ?? []), worker.workerId])
  }
  if (byReason.size === 0) return 'no worker is there; start one: raddeploy run worker'
  const each = [...byReason].map(([why, ids]) => `${listed(ids)}${ids.length > 1 ? ', each' : ''} ${why}`)
  return `no worker could take it: ${each.join('; ')}`
}

const listed = (ids: readonly string[]): string => {
  const rest = ids.length - named
  return [...ids.slice(0, named), ...(rest > 0 ? [`${rest} more`] : [])].join(', ')
}

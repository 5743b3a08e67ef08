import { planEnds } from './evolve.ts'
import { leaseEnds } from './lease.ts'
import { holdAt } from './place.ts'
import { type Floor } from './state.ts'
import { sayUnfitAt } from './unfit.ts'

/**
 * The next moment at which something follows without an event, in milliseconds since the epoch. Never one that a
 * timer has said before, however late we hear what it is about: a moment that is repeated is the same event, which
 * nobody heeds.
 */
export const wakeAt = (floor: Floor): number | undefined => {
  const moments = [
    ...planEnds(floor),
    ...leaseEnds(floor).map(([, end]) => end),
    ...floor.paused.map(({ queued }) => queued.data.notBefore!),
  ]
  for (const queue of floor.queues.values()) {
    const at = queue.unfitAt === undefined ? holdAt(queue.jobs[0]!, queue) : sayUnfitAt(queue)
    if (at !== undefined && (queue.unfitAt !== undefined || at > floor.time)) moments.push(at)
  }
  return moments.length === 0 ? undefined : Math.max(Math.min(...moments), floor.time + 1)
}

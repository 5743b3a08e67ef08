import { type Recorded } from '../../core/event/event.ts'

/** A time in which a destination was paused, in milliseconds since the epoch; without an end it still is. */
interface Pause {
  readonly from: number
  readonly to?: number
}

/** The pauses of each destination, by its name; in their order. */
export type Pauses = ReadonlyMap<string, readonly Pause[]>

/** Pausing what is paused, and resuming what is not, changes nothing. */
export const evolvePauses = (pauses: Pauses, event: Recorded): Pauses => {
  if (event.type !== 'DestinationPaused' && event.type !== 'DestinationResumed') return pauses
  const name = event.data.destination
  const known = pauses.get(name) ?? []
  const last = known.at(-1)
  const at = Date.parse(event.meta.time)
  if (event.type === 'DestinationPaused')
    return isPaused(pauses, name) ? pauses : new Map(pauses).set(name, [...known, { from: at }])
  return last && last.to === undefined
    ? new Map(pauses).set(name, [...known.slice(0, -1), { ...last, to: at }])
    : pauses
}

/** True while nothing may be begun there. */
export const isPaused = (pauses: Pauses, name: string): boolean => {
  const last = pauses.get(name)?.at(-1)
  return last !== undefined && last.to === undefined
}

/** How much of the time between two moments a destination was paused, in milliseconds. */
export const pausedMs = (pauses: Pauses, name: string, since: number, until: number): number =>
  (pauses.get(name) ?? [])
    .map(({ from, to = until }) => Math.min(to, until) - Math.max(from, since))
    .reduce((sum, ms) => sum + Math.max(0, ms), 0)

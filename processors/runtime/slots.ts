import { type Effect } from '../../core/decider/decider.ts'

interface Lane {
  running: number
  /** When each that waits was called for. */
  readonly waiting: Map<string, string>
}

/**
 * Counts what runs at once in one instance of a processor, whichever partition it belongs to. Of a lane only a
 * few run, and what was called for first goes first: a lane in which all hang holds up nobody but itself.
 */
export class Slots {
  #free: number
  readonly #perLane: number
  readonly #lanes = new Map<string, Lane>()

  constructor(count: number, perLane = count) {
    this.#free = count
    this.#perLane = perLane
  }

  /** True where it may run now. What is told to wait keeps its place in its lane until it leaves it. */
  take({ key, cause, lane: name }: Effect): boolean {
    if (name === undefined) {
      if (this.#free === 0) return false
      this.#free -= 1
      return true
    }
    const lane = this.#lane(name)
    const since = cause.meta.time
    lane.waiting.set(key, since)
    const free = Math.min(this.#perLane - lane.running, this.#free)
    if (free <= 0 || standBefore(lane, key, since, free)) return false
    lane.waiting.delete(key)
    lane.running += 1
    this.#free -= 1
    return true
  }

  /** It is over. */
  give({ lane: name }: Effect): void {
    this.#free += 1
    if (name === undefined) return
    this.#lane(name).running -= 1
    this.#tidy(name)
  }

  /** It waits no more. */
  leave({ key, lane: name }: Effect): void {
    if (name === undefined) return
    this.#lane(name).waiting.delete(key)
    this.#tidy(name)
  }

  #lane(name: string): Lane {
    const known = this.#lanes.get(name)
    if (known) return known
    const fresh: Lane = { running: 0, waiting: new Map() }
    this.#lanes.set(name, fresh)
    return fresh
  }

  #tidy(name: string): void {
    const { running, waiting } = this.#lane(name)
    if (running === 0 && waiting.size === 0) this.#lanes.delete(name)
  }
}

/** True where at least so many of the lane were called for earlier. */
const standBefore = ({ waiting }: Lane, key: string, since: string, many: number): boolean => {
  let earlier = 0
  for (const [other, then] of waiting)
    if (then < since || (then === since && other < key)) {
      earlier += 1
      if (earlier >= many) return true
    }
  return false
}

import { type EventRow } from '../runtime/eventRow.ts'

/**
 * Events in the order people expect: by time, and never before what led to them nor before what stands
 * lower on the same partition. Clocks of hosts differ, and much happens within one millisecond.
 */
export const timelineOf = (events: readonly EventRow[]): readonly EventRow[] => {
  const waiting = [...events].sort(
    (a, b) =>
      compare(a.time, b.time) || a.partition - b.partition || a.offset - b.offset || compare(a.id, b.id),
  )
  const before = predecessorsOf(waiting)
  const entered = new Set<string>()
  const timeline: EventRow[] = []
  for (const event of waiting) {
    // A stack of our own: a partition may hold more events than the call stack takes.
    const stack = entered.has(event.id) ? [] : [event]
    while (stack.length > 0) {
      const top = stack.at(-1)!
      entered.add(top.id)
      const next = before.get(top.id)!.find(({ id }) => !entered.has(id))
      if (next) stack.push(next)
      else timeline.push(stack.pop()!)
    }
  }
  return timeline
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** For each event its cause and the one before it on its partition, where they are among the events. */
const predecessorsOf = (events: readonly EventRow[]): ReadonlyMap<string, readonly EventRow[]> => {
  const byId = new Map(events.map((event) => [event.id, event]))
  const last = new Map<string, EventRow>()
  const before = new Map<string, EventRow[]>()
  for (const event of [...events].sort((a, b) => a.offset - b.offset)) {
    const place = `${event.topic}/${event.partition}`
    const cause = byId.get(event.causationId)
    const lower = last.get(place)
    before.set(
      event.id,
      [lower, cause].filter((one) => one !== undefined),
    )
    last.set(place, event)
  }
  return before
}

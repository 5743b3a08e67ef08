import { type Due } from './partition.ts'

/** The timers of one unit: each moment of each stream is fired once, and again only where that failed. */
export class Timers {
  readonly #fired = new Map<string, number>()

  fire(due: readonly Due[], publish: (due: Due) => Promise<unknown>): void {
    const waiting = new Set(due.map(({ fact }) => fact.stream))
    for (const stream of this.#fired.keys()) if (!waiting.has(stream)) this.#fired.delete(stream)
    for (const one of due) {
      const { stream, dueAt } = one.fact.data
      if (this.#fired.get(stream) === dueAt) continue
      this.#fired.set(stream, dueAt)
      void publish(one).catch(() => this.#fired.delete(stream))
    }
  }
}

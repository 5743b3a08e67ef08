/** How much is remembered of the closed streams of one topic, so that a late repetition is still known as one. */
const remembered = { streams: 1000, events: 20_000 }

/** The closed streams, oldest first, of each topic for itself: heartbeats must not crowd runs out. */
export class ClosedStreams {
  readonly #byTopic = new Map<string, { readonly sizes: Map<string, number>; events: number }>()

  /** Takes a stream of so many events as the youngest; gives those that are to be forgotten for it. */
  add(id: string, topic: string, events: number): readonly string[] {
    const closed = this.#of(topic)
    closed.sizes.set(id, events)
    closed.events += events
    const gone: string[] = []
    for (const [oldest] of closed.sizes) {
      const fits = closed.sizes.size <= remembered.streams && closed.events <= remembered.events
      if (fits || closed.sizes.size === 1) break
      this.remove(oldest, topic)
      gone.push(oldest)
    }
    return gone
  }

  /** The stream is open again, or forgotten. */
  remove(id: string, topic: string): void {
    const closed = this.#of(topic)
    closed.events -= closed.sizes.get(id) ?? 0
    closed.sizes.delete(id)
  }

  #of(topic: string): { readonly sizes: Map<string, number>; events: number } {
    const known = this.#byTopic.get(topic)
    if (known) return known
    const fresh = { sizes: new Map<string, number>(), events: 0 }
    this.#byTopic.set(topic, fresh)
    return fresh
  }
}

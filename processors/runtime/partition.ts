import { type Effect } from '../../core/decider/decider.ts'
import { type Fact, type Meta, type Recorded } from '../../core/event/event.ts'
import { ClosedStreams } from './closedStreams.ts'
import { type AnyProcessor } from './processor.ts'

/** What the driver must do next. It does these in order, each to its end, before it takes the next event. */
export type Action =
  | { readonly do: 'publish'; readonly facts: readonly Fact[]; readonly cause: Meta }
  | { readonly do: 'put-aside'; readonly event: Recorded; readonly error: unknown }

/** An effect that waits, with the state it starts from. */
export interface Pending {
  readonly effect: Effect
  readonly state: unknown
}

/** A timer that is due, and what it belongs to. */
export interface Due {
  readonly fact: Fact<'TimerFired'>
  readonly correlationId: string
}

interface Stream {
  /** Lowest offset of the stream in each topic and partition: where a restart must begin for it. */
  readonly first: Map<string, bigint>
  readonly seen: Set<string>
  correlationId: string
  readonly topic: string
}

/**
 * One partition of a processor, without any I/O: folds, decides, and says what to publish and where a
 * restart must begin.
 *
 *     restoring --(all topics read up to the committed offset)--> live
 *
 * While restoring, events are folded and nothing is decided. Live, each event is folded, decided on, what
 * was decided is published, and only then the position may be committed.
 */
export class Partition {
  readonly #processor: AnyProcessor
  readonly #streams = new Map<string, Stream>()
  readonly #states = new Map<string, unknown>()
  readonly #open = new Set<string>()
  readonly #closed = new ClosedStreams()
  #whole: unknown

  constructor(processor: AnyProcessor) {
    this.#processor = processor
    this.#whole = processor.decider.initial
  }

  /**
   * Takes an event: folds it, and when `live` also decides. A repetition yields nothing; an event that cannot be
   * folded leaves the state as it was.
   */
  *step(event: Recorded, known: unknown, live: boolean): Generator<Action> {
    let facts: readonly Fact[]
    try {
      const stream = this.#fold(event)
      if (stream === undefined || !live) return
      facts = this.#processor.decider.decide(this.#state(stream), event, known)
    } catch (error) {
      if (live) yield { do: 'put-aside', event, error }
      return
    }
    if (facts.length > 0) yield { do: 'publish', facts, cause: event.meta }
  }

  /** What everything amounts to, where one instance folds everything (scope all and own). */
  get whole(): unknown {
    return this.#whole
  }

  /** The effects that wait now, each with the state it starts from. */
  pending(known: unknown): readonly Pending[] {
    const { pending } = this.#processor.decider
    if (!pending) return []
    const of = (state: unknown): Pending[] =>
      pending(state, known).map((effect: Effect) => ({ effect, state }))
    if (this.#processor.scope !== 'stream') return of(this.#whole)
    return [...this.#open].flatMap((id) => of(this.#state(id)))
  }

  /** The timers that are due at `now`, in milliseconds since the epoch. */
  due(now: number): readonly Due[] {
    const { wakeAt } = this.#processor.decider
    if (!wakeAt) return []
    const { name, scope } = this.#processor
    const all = scope === 'stream' ? [...this.#open] : [name]
    return all.flatMap((stream) => {
      const dueAt = wakeAt(this.#state(stream))
      if (dueAt === undefined || dueAt > now) return []
      const correlationId = this.#streams.get(stream)?.correlationId || stream
      return [
        { fact: { type: 'TimerFired', stream, data: { processor: name, stream, dueAt } }, correlationId },
      ]
    })
  }

  /** The lowest offset of a partition that a restart must read again, or undefined where none. */
  oldest(topic: string, partition: number): bigint | undefined {
    let lowest: bigint | undefined
    const place = `${topic}/${partition}`
    for (const { first } of this.#streams.values()) {
      const offset = first.get(place)
      if (offset !== undefined && (lowest === undefined || offset < lowest)) lowest = offset
    }
    return lowest
  }

  #fold(event: Recorded): string | undefined {
    if (event.type === 'TimerFired' && event.data.processor !== this.#processor.name) return undefined
    const id = this.#idOf(event)
    if (id === undefined) return undefined
    const stream = this.#stream(id, event.at.topic)
    if (stream.seen.has(event.meta.id)) return undefined
    stream.seen.add(event.meta.id)
    stream.correlationId ||= event.meta.correlationId
    const place = `${event.at.topic}/${event.at.partition}`
    if (!stream.first.has(place)) stream.first.set(place, event.at.offset)
    const { decider, scope } = this.#processor
    try {
      const state: unknown = decider.evolve(this.#state(id), event)
      if (scope === 'stream') this.#states.set(id, state)
      else this.#whole = state
    } finally {
      this.#openOrClose(id, stream, decider.isOpen(this.#state(id), id))
    }
    return id
  }

  #idOf(event: Recorded): string | undefined {
    const { scope, streamOf } = this.#processor
    // of one that folds everything each timer is a stream of its own, so that a restart need not read all of them
    if (event.type === 'TimerFired') return scope === 'stream' ? event.stream : event.meta.id
    if (!streamOf) return event.stream
    return streamOf(event)
  }

  #openOrClose(id: string, { topic, seen }: Stream, open: boolean): void {
    this.#closed.remove(id, topic)
    if (open) {
      this.#open.add(id)
      return
    }
    this.#open.delete(id)
    for (const gone of this.#closed.add(id, topic, seen.size)) {
      this.#streams.delete(gone)
      this.#states.delete(gone)
    }
  }

  #state(id: string): unknown {
    return this.#processor.scope === 'stream'
      ? (this.#states.get(id) ?? this.#processor.decider.initial)
      : this.#whole
  }

  #stream(id: string, topic: string): Stream {
    const known = this.#streams.get(id)
    if (known) return known
    const fresh: Stream = { first: new Map(), seen: new Set(), correlationId: '', topic }
    this.#streams.set(id, fresh)
    return fresh
  }
}

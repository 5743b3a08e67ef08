import { type Effect } from '../../core/decider/decider.ts'
import { type Fact, type Meta, type Recorded } from '../../core/event/event.ts'
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

interface Stream {
  /** Lowest offset of the stream in each topic and partition: where a restart must begin for it. */
  readonly first: Map<string, bigint>
  readonly seen: Set<string>
  correlationId: string
  open: boolean
  firedAt: number | undefined
}

/** How much of closed streams is remembered, so that a late repetition is still known as one. */
const remembered = { streams: 1000, events: 20_000 }

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
  readonly #closed = new Set<string>()
  #closedEvents = 0
  #whole: unknown

  constructor(processor: AnyProcessor) {
    this.#processor = processor
    this.#whole = processor.decider.initial
  }

  /** Takes an event: folds it, and when `live` also decides. A repetition yields nothing. */
  *step(event: Recorded, known: unknown, live: boolean): Generator<Action> {
    const stream = this.#fold(event)
    if (stream === undefined || !live) return
    let facts: readonly Fact[]
    try {
      facts = this.#processor.decider.decide(this.#state(stream), event, known)
    } catch (error) {
      yield { do: 'put-aside', event, error }
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
    return [...this.#streams].flatMap(([id, stream]) => (stream.open ? of(this.#state(id)) : []))
  }

  /** The timers that are due at `now` (milliseconds since the epoch) and were not fired yet. */
  due(now: number): { readonly fact: Fact<'TimerFired'>; readonly correlationId: string }[] {
    const { wakeAt } = this.#processor.decider
    if (!wakeAt) return []
    const { name, scope } = this.#processor
    const all: [string, unknown][] =
      scope === 'stream'
        ? [...this.#streams].flatMap(([id, stream]) =>
            stream.open ? [[id, this.#state(id)] as [string, unknown]] : [],
          )
        : [[name, this.#whole]]
    return all.flatMap(([id, state]) => {
      const at = wakeAt(state)
      const stream = this.#stream(id)
      if (at === undefined || at > now || stream.firedAt === at) return []
      stream.firedAt = at
      return [
        {
          fact: { type: 'TimerFired' as const, stream: id, data: { processor: name, stream: id, dueAt: at } },
          correlationId: stream.correlationId || id,
        },
      ]
    })
  }

  /** A timer that could not be published fires again. */
  unfire(stream: string): void {
    this.#stream(stream).firedAt = undefined
  }

  /** The lowest offset of a partition that a restart must read again, or undefined where none. */
  oldest(topic: string, partition: number): bigint | undefined {
    let lowest: bigint | undefined
    for (const { first } of this.#streams.values()) {
      const offset = first.get(`${topic}/${partition}`)
      if (offset !== undefined && (lowest === undefined || offset < lowest)) lowest = offset
    }
    return lowest
  }

  #fold(event: Recorded): string | undefined {
    if (event.type === 'TimerFired' && event.data.processor !== this.#processor.name) return undefined
    const id = this.#idOf(event)
    if (id === undefined) return undefined
    const stream = this.#stream(id)
    if (stream.seen.has(event.meta.id)) return undefined
    stream.seen.add(event.meta.id)
    stream.correlationId ||= event.meta.correlationId
    const place = `${event.at.topic}/${event.at.partition}`
    if (!stream.first.has(place)) stream.first.set(place, event.at.offset)
    const { decider, scope } = this.#processor
    const state = decider.evolve(this.#state(id), event)
    if (scope === 'stream') this.#states.set(id, state)
    else this.#whole = state
    this.#openOrClose(id, stream, decider.isOpen(state, id))
    return id
  }

  #idOf(event: Recorded): string | undefined {
    if (event.type === 'TimerFired' || !this.#processor.streamOf) return event.stream
    return this.#processor.streamOf(event)
  }

  #openOrClose(id: string, stream: Stream, open: boolean): void {
    stream.open = open
    if (this.#closed.delete(id)) this.#closedEvents -= stream.seen.size - 1
    if (open) return
    this.#closed.add(id)
    this.#closedEvents += stream.seen.size
    while (
      this.#closed.size > remembered.streams ||
      (this.#closedEvents > remembered.events && this.#closed.size > 1)
    )
      this.#forget(this.#closed.values().next().value!)
  }

  #forget(id: string): void {
    this.#closed.delete(id)
    this.#closedEvents -= this.#streams.get(id)!.seen.size
    this.#streams.delete(id)
    this.#states.delete(id)
  }

  #state(id: string): unknown {
    return this.#processor.scope === 'stream'
      ? (this.#states.get(id) ?? this.#processor.decider.initial)
      : this.#whole
  }

  #stream(id: string): Stream {
    const known = this.#streams.get(id)
    if (known) return known
    const fresh: Stream = {
      first: new Map(),
      seen: new Set(),
      correlationId: '',
      open: false,
      firedAt: undefined,
    }
    this.#streams.set(id, fresh)
    return fresh
  }
}

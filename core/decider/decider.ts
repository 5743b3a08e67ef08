import { type EventType, type Fact, type Recorded } from '../event/event.ts'

/**
 * Three pure functions: what a stream's events amount to (`evolve`), what follows from one more of them
 * (`decide`), and whether anything is still to come (`isOpen`). No clock, no chance, no I/O.
 *
 * The runtime folds an event first and decides on it afterwards: `decide` sees the state that already
 * contains its event, so that "does this event hold?" is answered by the fold alone.
 */
export interface Decider<S, In extends EventType, Out extends EventType, Known = undefined> {
  readonly initial: S
  evolve(state: S, event: Recorded<In | Out>): S
  decide(state: S, event: Recorded<In>, known: Known): readonly Fact<Out>[]
  /** The next moment, in milliseconds since the epoch, at which this stream wants a TimerFired. */
  wakeAt?(state: S): number | undefined
  /** Effects that this stream waits for now. Each runs once per process while it is listed. */
  pending?(state: S, known: Known): readonly Effect[]
  /** False once nothing more can follow; such a stream is not read again at restart. */
  isOpen(state: S, stream: string): boolean
}

/** An effect to attempt: a key that names this very attempt, and the event that called for it. */
export interface Effect<T extends EventType = EventType> {
  readonly key: string
  readonly cause: Recorded<T>
  /** It is not to begin now; where it runs, it goes on. */
  readonly held?: boolean
  /** What it may have to wait for, such as a destination: few of one lane run at once, and hold up no other. */
  readonly lane?: string
}

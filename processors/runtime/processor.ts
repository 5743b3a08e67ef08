import { type Decider, type Effect } from '../../core/decider/decider.ts'
import { type EventType, type Fact, type Recorded } from '../../core/event/event.ts'
import { type Tables } from '../../infra/kafka/table.ts'

/**
 * A processor: events in, events out. `scope` says whose events one instance folds:
 * `stream` shares the partitions among the instances, one state per stream;
 * `all` lets one live instance fold everything into one state, the others stand by;
 * `own` lets each instance read everything and act on what is addressed to it.
 */
export interface Processor<S, In extends EventType, Out extends EventType, Known = undefined> {
  readonly name: string
  readonly reads: readonly In[]
  readonly writes: readonly Out[]
  readonly scope: 'stream' | 'all' | 'own'
  /** The stream an event belongs to here, where that is not the event's own; undefined: not ours. */
  readonly streamOf?: (event: Recorded<In>) => string | undefined
  readonly tables?: Tables<Known>
  readonly decider: Decider<S, In, Out, Known>
  /**
   * What a pending effect does: yields facts, each acknowledged by Kafka before the next step. Facts that
   * hold only together are yielded as one list: of one stream, they go into one record batch, whole or not.
   * Every outcome must be read back by this processor, for that is how the effect stops being pending.
   */
  readonly run?: (
    effect: Effect<In>,
    context: EffectContext<S, Known>,
  ) => AsyncIterable<Fact<Out> | readonly Fact<Out>[]>
  /**
   * How long all must have been calm before a timer fires, in milliseconds: after an outage those who were cut
   * off with us are heard first.
   */
  readonly patienceMs?: number
  /**
   * Called once an instance has read all that was on the log when it started (scope all and own): for what
   * can be tidied up only when it is known what is open. `state` gives what is known at each moment.
   */
  readonly restored?: (state: () => S) => void
}

export interface EffectContext<S, Known> {
  /** What the stream (or, in scope all and own, everything) amounts to when the effect starts. */
  readonly state: S
  readonly known: Known
  /**
   * Aborted when the instance stops or loses the partition: the effect will run again, here or elsewhere. With
   * the reason NotWanted where the log calls for it no more: what was begun is to be undone.
   */
  readonly signal: AbortSignal
}

/** Any processor, for lists and for the runtime: `never` and `any` because S differs in each. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyProcessor = Processor<any, any, any, any>

import { type Events } from '../../schemas/generated/events.ts'
import { topics } from '../../schemas/generated/definitions.ts'

/** Name of an event type, as its Avro record is called. */
export type EventType = keyof Events

/** What happened, without when and why: what a decider says. */
export type Fact<T extends EventType = EventType> = {
  [K in T]: { readonly type: K; readonly stream: string; readonly data: Events[K] }
}[T]

/** When, by whom and because of what; carried as CloudEvents headers. */
export interface Meta {
  /** UUIDv5 of what caused it and what it says (core/event/id.ts). */
  readonly id: string
  /** When the fact was published, ISO 8601, UTC. Never part of the id. */
  readonly time: string
  /** Which program instance published it, e.g. `/raddeploy/scheduler/host-1`. */
  readonly source: string
  /** Id of the event that led to this one; its own id where nothing on the log did. */
  readonly causationId: string
  /** The same for everything that follows from one association. */
  readonly correlationId: string
  /** W3C Trace Context. */
  readonly traceparent: string
}

/** Where a record stands on the log. */
export interface Position {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

/** A fact as it was published, before the log gave it a position. */
export type Published<T extends EventType = EventType> = Fact<T> & { readonly meta: Meta }

/** A fact as it stands on the log. */
export type Recorded<T extends EventType = EventType> = Published<T> & { readonly at: Position }

const topicByType: ReadonlyMap<string, string> = new Map(
  Object.entries(topics).flatMap(([topic, { events }]) => events.map((event) => [event, topic])),
)

/** True when `name` is an event type of this version. */
export const isEventType = (name: string): name is EventType => topicByType.has(name)

/** The topic an event type is published to. */
export const topicOf = (type: EventType): string => topicByType.get(type)!

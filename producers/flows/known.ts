import { type Kafka } from 'kafkajs'
import { type Logger } from 'pino'
import { type Meta, type Recorded } from '../../core/event/event.ts'
import { type Codec } from '../../infra/kafka/codec.ts'
import { type Emit } from '../../infra/kafka/emitter.ts'
import { type Following, type Tables, follow } from '../../infra/kafka/table.ts'

/** What a command about flows stands on. */
export interface FlowParts {
  readonly kafka: Kafka
  readonly codec: Codec
  readonly logger: Logger
  readonly emit: Emit
  /** Who gives the command, for the record. */
  readonly user: string
}

/** A flow as its events have left it. */
export interface KnownFlow {
  readonly hash: string
  readonly paused: boolean
  readonly retired: boolean
  /**
   * The last event about it, which is the cause of the next: without that, going back to what was before would
   * have the id of the first time, and count as a repetition.
   */
  readonly last: Meta
  /** Where that lies in the topic, which has one partition. */
  readonly offset: bigint
}

type FlowEvent = Recorded<'FlowDefined' | 'FlowPaused' | 'FlowResumed' | 'FlowRetired'>

/** What is known of a flow after one more event. */
export const after = (flow: KnownFlow | undefined, event: Recorded): KnownFlow => {
  const known = flow ?? { hash: '', paused: false, retired: false }
  const { type, data, meta, at } = event as FlowEvent
  const now = { last: meta, offset: at.offset }
  switch (type) {
    case 'FlowDefined':
      return { ...known, hash: data.hash, retired: false, ...now }
    case 'FlowPaused':
      return { ...known, paused: true, ...now }
    case 'FlowResumed':
      return { ...known, paused: false, ...now }
    case 'FlowRetired':
      return { ...known, paused: false, retired: true, ...now }
  }
}

/** Every flow that was ever defined, by name: a command must not rest on tables that lag, so it comes off the log. */
export type KnownFlows = ReadonlyMap<string, KnownFlow>
const flowTable: Tables<KnownFlows> = {
  reads: ['FlowDefined', 'FlowPaused', 'FlowResumed', 'FlowRetired'],
  initial: new Map(),
  evolve: (known, event) => new Map(known).set(event.stream, after(known.get(event.stream), event)),
}

/** The flows on the log, and what becomes of them until `signal` is aborted; by `name` others see who follows. */
export const followFlows = (
  parts: Omit<FlowParts, 'emit' | 'user'>,
  signal: AbortSignal,
  name?: string,
): Promise<Following<KnownFlows>> => {
  const { kafka, codec, logger } = parts
  return follow(flowTable, { kafka, codec, logger, signal, ...(name !== undefined && { name }) })
}

/** The flows on the log as they are now. */
export const flowsOnTheLog = async (parts: FlowParts): Promise<KnownFlows> => {
  const done = new AbortController()
  try {
    return (await followFlows(parts, done.signal)).known()
  } finally {
    done.abort()
  }
}

import { type Kafka } from 'kafkajs'
import { type Logger } from 'pino'
import { type Meta, type Recorded } from '../../core/event/event.ts'
import { type Codec } from '../../infra/kafka/codec.ts'
import { type Emit } from '../../infra/kafka/emitter.ts'
import { follow } from '../../infra/kafka/table.ts'

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
}

type FlowEvent = Recorded<'FlowDefined' | 'FlowPaused' | 'FlowResumed' | 'FlowRetired'>

const after = (flow: KnownFlow | undefined, { type, data, meta: last }: FlowEvent): KnownFlow => {
  const known = flow ?? { hash: '', paused: false, retired: false }
  switch (type) {
    case 'FlowDefined':
      return { ...known, hash: data.hash, retired: false, last }
    case 'FlowPaused':
      return { ...known, paused: true, last }
    case 'FlowResumed':
      return { ...known, paused: false, last }
    case 'FlowRetired':
      return { ...known, paused: false, retired: true, last }
  }
}

/** Every flow that was ever defined, by name, read from the log: a command must not rest on tables that lag. */
export const flowsOnTheLog = async (parts: FlowParts): Promise<ReadonlyMap<string, KnownFlow>> => {
  const done = new AbortController()
  try {
    const table = await follow<ReadonlyMap<string, KnownFlow>>(
      {
        reads: ['FlowDefined', 'FlowPaused', 'FlowResumed', 'FlowRetired'],
        initial: new Map(),
        evolve: (known, event) =>
          new Map(known).set(event.stream, after(known.get(event.stream), event as FlowEvent)),
      },
      { ...parts, signal: done.signal },
    )
    return table.known()
  } finally {
    done.abort()
  }
}

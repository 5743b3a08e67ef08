import { type Kafka } from 'kafkajs'
import { type Logger } from 'pino'
import { type Recorded } from '../../core/event/event.ts'
import { definitionOf } from '../../core/flow/hash.ts'
import { type Codec } from '../../infra/kafka/codec.ts'
import { type Emit } from '../../infra/kafka/emitter.ts'
import { follow } from '../../infra/kafka/table.ts'
import { type FlowFile } from './read.ts'

/** What applying a file came to. */
export interface Applied {
  readonly name: string
  readonly version: string
  readonly hash: string
  readonly change: 'defined' | 'changed' | 'unchanged'
}

/** Publishes FlowDefined for each flow that is not in force with the same definition already. */
export const applyFlows = async (
  files: readonly FlowFile[],
  parts: {
    readonly kafka: Kafka
    readonly codec: Codec
    readonly logger: Logger
    readonly emit: Emit
    /** Who applies them, for the record. */
    readonly user: string
  },
): Promise<readonly Applied[]> => {
  const last = await lastOfEach(parts)
  const applied: Applied[] = []
  for (const { file, source, flow, hash } of files) {
    const { name, version } = flow
    const event = last.get(name)
    const before = event?.type === 'FlowDefined' ? event.data.hash : undefined
    if (before !== hash) {
      const data = {
        name,
        version,
        hash,
        definition: definitionOf(flow),
        source,
        file,
        appliedBy: parts.user,
      }
      // What it takes the place of is its cause: without that, going back to an earlier definition would have
      // the id of its first time, and count as a repetition.
      await parts.emit({ type: 'FlowDefined', stream: name, data }, event?.meta)
    }
    applied.push({
      name,
      version,
      hash,
      change: before === hash ? 'unchanged' : before === undefined ? 'defined' : 'changed',
    })
  }
  return applied
}

type FlowEvent = Recorded<'FlowDefined' | 'FlowRetired'>

const lastOfEach = async (parts: {
  readonly kafka: Kafka
  readonly codec: Codec
  readonly logger: Logger
}): Promise<ReadonlyMap<string, FlowEvent>> => {
  const done = new AbortController()
  try {
    const table = await follow<ReadonlyMap<string, FlowEvent>>(
      {
        reads: ['FlowDefined', 'FlowRetired'],
        initial: new Map(),
        evolve: (known, event) => new Map(known).set(event.stream, event as FlowEvent),
      },
      { ...parts, signal: done.signal },
    )
    return table.known()
  } finally {
    done.abort()
  }
}

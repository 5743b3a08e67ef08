import { type Kafka } from 'kafkajs'
import { type Logger } from 'pino'
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
  const inForce = await hashesInForce(parts)
  const applied: Applied[] = []
  for (const { file, source, flow, hash } of files) {
    const { name, version } = flow
    const before = inForce.get(name)
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
      await parts.emit({ type: 'FlowDefined', stream: name, data })
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

const hashesInForce = async (parts: {
  readonly kafka: Kafka
  readonly codec: Codec
  readonly logger: Logger
}): Promise<ReadonlyMap<string, string>> => {
  const done = new AbortController()
  try {
    const table = await follow<ReadonlyMap<string, string>>(
      {
        reads: ['FlowDefined', 'FlowRetired'],
        initial: new Map(),
        evolve: (known, event) => {
          const next = new Map(known)
          if (event.type === 'FlowDefined') next.set(event.data.name, event.data.hash)
          if (event.type === 'FlowRetired') next.delete(event.data.name)
          return next
        },
      },
      { ...parts, signal: done.signal },
    )
    return table.known()
  } finally {
    done.abort()
  }
}

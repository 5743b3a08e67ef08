import { type Kafka } from 'kafkajs'
import { type Logger } from 'pino'
import { type EventType, type Recorded } from '../../core/event/event.ts'
import { type Codec } from '../../infra/kafka/codec.ts'
import { type Emit } from '../../infra/kafka/emitter.ts'
import { follow } from '../../infra/kafka/table.ts'

/** What a command stands on that needs to know what was said before, who gives it and why. */
export interface CommandParts {
  readonly kafka: Kafka
  readonly codec: Codec
  readonly logger: Logger
  readonly emit: Emit
  readonly by: string
  readonly reason: string | null
}

/**
 * The last event of these types about one thing, read from the log: a command must not rest on tables that lag. It is
 * the cause of the next: without that, to say a thing a second time would have the id of the first time, and count as
 * a repetition.
 */
export const lastOf = async (
  reads: readonly EventType[],
  about: string,
  parts: Pick<CommandParts, 'kafka' | 'codec' | 'logger'>,
): Promise<Recorded | undefined> => {
  const done = new AbortController()
  try {
    const table = await follow<Recorded | undefined>(
      { reads, initial: undefined, evolve: (known, event) => (event.stream === about ? event : known) },
      { ...parts, signal: done.signal },
    )
    return table.known()
  } finally {
    done.abort()
  }
}

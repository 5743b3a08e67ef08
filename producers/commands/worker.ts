import { type Kafka } from 'kafkajs'
import { type Logger } from 'pino'
import { type Fact, type Meta } from '../../core/event/event.ts'
import { type Codec } from '../../infra/kafka/codec.ts'
import { type Emit } from '../../infra/kafka/emitter.ts'
import { follow } from '../../infra/kafka/table.ts'

/** What may be asked of a worker. */
export type WorkerCommand = 'drain' | 'resume'

/** What a command about a worker stands on, who gives it and why. */
export interface WorkerParts {
  readonly kafka: Kafka
  readonly codec: Codec
  readonly logger: Logger
  readonly emit: Emit
  readonly by: string
  readonly reason: string | null
}

/** What people wanted of a worker last. */
interface Wanted {
  readonly drained: boolean
  /**
   * The event that says so is the cause of the next: without that, draining a worker a second time would have the id
   * of the first time, and count as a repetition.
   */
  readonly last: Meta
}

/** Read from the log: a command must not rest on tables that lag. */
const wantedOf = async (workerId: string, parts: WorkerParts): Promise<Wanted | undefined> => {
  const done = new AbortController()
  try {
    const table = await follow<Wanted | undefined>(
      {
        reads: ['WorkerDrained', 'WorkerResumed'],
        initial: undefined,
        evolve: (known, { type, stream, meta }) =>
          stream === workerId ? { drained: type === 'WorkerDrained', last: meta } : known,
      },
      { ...parts, signal: done.signal },
    )
    return table.known()
  } finally {
    done.abort()
  }
}

const factOf = (command: WorkerCommand, workerId: string, by: string, reason: string | null): Fact => {
  const data = { workerId, by, reason }
  return command === 'drain'
    ? { type: 'WorkerDrained', stream: workerId, data }
    : { type: 'WorkerResumed', stream: workerId, data }
}

/**
 * Lets a worker have no more models, or have them again: an event, by whom and why. The dispatcher heeds it, and what
 * the worker runs goes on to its end. False where it was so already.
 */
export const commandWorker = async (
  command: WorkerCommand,
  workerId: string,
  parts: WorkerParts,
): Promise<boolean> => {
  const wanted = await wantedOf(workerId, parts)
  if ((wanted?.drained ?? false) === (command === 'drain')) return false
  await parts.emit(factOf(command, workerId, parts.by, parts.reason), wanted?.last, workerId)
  return true
}

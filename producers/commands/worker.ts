import { type Fact } from '../../core/event/event.ts'
import { type CommandParts, lastOf } from './last.ts'

/** What may be asked of a worker. */
export type WorkerCommand = 'drain' | 'resume'

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
  parts: CommandParts,
): Promise<boolean> => {
  const last = await lastOf(['WorkerDrained', 'WorkerResumed'], workerId, parts)
  if ((last?.type === 'WorkerDrained') === (command === 'drain')) return false
  await parts.emit(factOf(command, workerId, parts.by, parts.reason), last?.meta, workerId)
  return true
}

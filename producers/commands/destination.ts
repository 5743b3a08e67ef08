import { type Fact } from '../../core/event/event.ts'
import { type CommandParts, lastOf } from './last.ts'

/** What may be asked of a destination. */
export type DestinationCommand = 'pause' | 'resume'

const factOf = (
  command: DestinationCommand,
  destination: string,
  by: string,
  reason: string | null,
): Fact => {
  const data = { destination, by, reason }
  return command === 'pause'
    ? { type: 'DestinationPaused', stream: destination, data }
    : { type: 'DestinationResumed', stream: destination, data }
}

/**
 * Lets nothing be begun for a destination, or lets it have its deliveries again: an event, by whom and why. Every SCU
 * heeds it; what is being sent goes on to its end. False where it was so already.
 */
export const commandDestination = async (
  command: DestinationCommand,
  destination: string,
  parts: CommandParts,
): Promise<boolean> => {
  const last = await lastOf(['DestinationPaused', 'DestinationResumed'], destination, parts)
  if ((last?.type === 'DestinationPaused') === (command === 'pause')) return false
  await parts.emit(factOf(command, destination, parts.by, parts.reason), last?.meta, destination)
  return true
}

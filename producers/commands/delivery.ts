import { insteadOf } from '../../core/delivery/destination.ts'
import { type Fact } from '../../core/event/event.ts'
import { type DeliveryState, type Destination } from '../../schemas/generated/shared.ts'
import { type DeliveryPlace, historiesOf } from './histories.ts'
import { type CommandParts } from './last.ts'

/** What may be asked of a delivery. */
export type DeliveryCommand =
  { readonly do: 'retry' } | { readonly do: 'redirect'; readonly to: Destination } | { readonly do: 'drop' }

/**
 * Asks for deliveries to be tried again, sent elsewhere or sent no more: an event for each, by whom and why, with the
 * delivery as the log tells it. The SCU answers. Gives the ids of those that were asked for: not of those that are
 * finished, nor of those that are not on the log.
 */
export const commandDeliveries = async (
  command: DeliveryCommand,
  places: readonly DeliveryPlace[],
  parts: CommandParts,
): Promise<readonly string[]> => {
  const histories = await historiesOf(places, parts)
  const asked: string[] = []
  for (const { deliveryId } of places) {
    const history = histories.get(deliveryId)
    if (!history?.state || history.isFinished) continue
    await parts.emit(factOf(command, deliveryId, history.state, parts), history.last)
    asked.push(deliveryId)
  }
  return asked
}

const factOf = (
  command: DeliveryCommand,
  deliveryId: string,
  delivery: DeliveryState,
  { by, reason }: Pick<CommandParts, 'by' | 'reason'>,
): Fact => {
  const data = { deliveryId, by, reason, delivery }
  switch (command.do) {
    case 'retry':
      return { type: 'RetryRequested', stream: deliveryId, data }
    case 'redirect':
      return {
        type: 'RedirectRequested',
        stream: deliveryId,
        data: { ...data, destination: insteadOf(delivery.destination, command.to) },
      }
    case 'drop':
      return { type: 'DropRequested', stream: deliveryId, data }
  }
}

import { type Fact, type Recorded } from '../../core/event/event.ts'
import { type Delivery, type ScuOut, progressOf } from './state.ts'

type Command = Recorded<'RetryRequested' | 'RedirectRequested' | 'DropRequested'>

/**
 * What a command comes to: nothing for a delivery that is over as far as the command is concerned. A delivery that
 * ended long ago was forgotten at a restart; then it is what whoever asked found on the log.
 */
export const answer = (state: Delivery, command: Command): readonly Fact<ScuOut>[] => {
  const delivery = progressOf(state) ?? command.data.delivery
  if (!delivery || state.ended === 'finished') return []
  const { deliveryId, by, reason } = command.data
  const said = { deliveryId, runId: delivery.runId, by, reason }
  switch (command.type) {
    case 'RetryRequested':
      return [{ type: 'DeliveryReopened', stream: deliveryId, data: { ...said, delivery } }]
    case 'RedirectRequested': {
      const { destination } = command.data
      const data = { ...said, destination, delivery: { ...delivery, destination } }
      return [{ type: 'DeliveryRedirected', stream: deliveryId, data }]
    }
    case 'DropRequested':
      return state.ended === 'dropped' ? [] : [{ type: 'DeliveryDropped', stream: deliveryId, data: said }]
  }
}

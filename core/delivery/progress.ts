import { type Recorded } from '../event/event.ts'
import { type DeliveryState } from '../../schemas/generated/shared.ts'

/** What is said of a delivery that changes how far it has come, or where it goes. */
export type DeliveryEvent = 'DeliveryQueued' | 'DeliveryAttempted' | 'DeliveryReopened' | 'DeliveryRedirected'

/**
 * How far a delivery has come after one more event; undefined while nothing says what it is. Attempts count in
 * their order, each once. Who reads from the middle of its history begins where it was opened again.
 */
export const progressed = (
  state: DeliveryState | undefined,
  event: Recorded<DeliveryEvent>,
): DeliveryState | undefined => {
  switch (event.type) {
    case 'DeliveryQueued': {
      if (state) return state
      const { runId, flowName, destination, files, lineage, sender, input } = event.data
      return { runId, flowName, destination, files, lineage, sender, input, attempts: 0, results: null }
    }
    case 'DeliveryAttempted':
      return state && event.data.attempt === state.attempts + 1
        ? { ...state, attempts: event.data.attempt, results: event.data.results ?? state.results }
        : state
    case 'DeliveryReopened':
      return state ?? event.data.delivery ?? undefined
    case 'DeliveryRedirected': {
      const known = state ?? event.data.delivery ?? undefined
      return known && { ...known, destination: event.data.destination }
    }
  }
}

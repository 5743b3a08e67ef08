import { type Fact, type Recorded } from '../../core/event/event.ts'
import { type Backoff, pauseAfter } from './backoff.ts'
import { type Delivery, type ScuIn, type ScuOut, attemptsOf } from './state.ts'

/** After an attempt that holds: finished when all is acknowledged, given up when the deadline has passed. */
export const decide =
  (backoff: Backoff) =>
  (state: Delivery, event: Recorded<ScuIn>): readonly Fact<ScuOut>[] => {
    const { queued, last } = state
    if (event.type !== 'DeliveryAttempted' || !queued || state.ended || last?.meta.id !== event.meta.id)
      return []
    const { deliveryId, runId } = queued.data
    const { attempt: attempts, succeeded, warned, error } = event.data
    if (isComplete(state)) {
      const data = { deliveryId, runId, attempts, instances: succeeded + warned, warned }
      return [{ type: 'DeliveryFinished', stream: deliveryId, data }]
    }
    if (Date.parse(event.meta.time) - Date.parse(queued.meta.time) < backoff.deadlineMs) return []
    const reason = `not every instance was acknowledged before the deadline${error ? `: ${error}` : ''}`
    return [{ type: 'DeliveryFailed', stream: deliveryId, data: { deliveryId, runId, attempts, reason } }]
  }

/** True when the last attempt left nothing unacknowledged. */
export const isComplete = ({ last }: Delivery): boolean =>
  last !== undefined && last.data.failed === 0 && last.data.notAttempted === 0 && last.data.error === null

/** When the next attempt is due, in milliseconds since the epoch, or undefined where none is awaited. */
export const nextAttemptAt =
  (backoff: Backoff) =>
  (state: Delivery): number | undefined => {
    if (state.ended || !state.last || isComplete(state) || state.allowed > attemptsOf(state)) return undefined
    return Date.parse(state.last.meta.time) + pauseAfter(attemptsOf(state), backoff)
  }

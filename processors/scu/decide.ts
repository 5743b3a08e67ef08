import { type Fact, type Recorded } from '../../core/event/event.ts'
import { type Backoff, pauseAfter } from './backoff.ts'
import { type Delivery, type ScuIn, type ScuOut, attemptsOf } from './state.ts'

/**
 * After an attempt that holds: finished when all is acknowledged, given up when no attempt can send what is
 * left, or the deadline has passed.
 */
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
    const failed = (reason: string): readonly Fact<ScuOut>[] => [
      { type: 'DeliveryFailed', stream: deliveryId, data: { deliveryId, runId, attempts, reason } },
    ]
    if (isHopeless(state)) return failed(`${error}; no attempt can send them: correct the model`)
    if (Date.parse(event.meta.time) - Date.parse(queued.meta.time) < backoff.deadlineMs) return []
    return failed(`not every instance was acknowledged before the deadline${error ? `: ${error}` : ''}`)
  }

/**
 * True when the last attempt left nothing unacknowledged. Where all it lacks is a place for its results, the
 * next could only send everything again.
 */
const isComplete = ({ last }: Delivery): boolean => {
  if (!last) return false
  const { failed, notAttempted, error, results } = last.data
  return failed === 0 && notAttempted === 0 && (error === null || results === null)
}

/** True when the last attempt left only files that are not DICOM. */
const isHopeless = ({ last }: Delivery): boolean =>
  last?.data.code === 'RD_DICOM_UNREADABLE' && last.data.notAttempted === 0

/** When the next attempt is due, in milliseconds since the epoch, or undefined where none is awaited. */
export const nextAttemptAt =
  (backoff: Backoff) =>
  (state: Delivery): number | undefined => {
    if (state.ended || !state.last || state.allowed > attemptsOf(state)) return undefined
    if (isComplete(state) || isHopeless(state)) return undefined
    return Date.parse(state.last.meta.time) + pauseAfter(attemptsOf(state), backoff)
  }

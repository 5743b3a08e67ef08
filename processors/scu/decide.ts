import { deadlineMsOf, nameOf, optionsOf } from '../../core/delivery/destination.ts'
import { type Fact, type Recorded } from '../../core/event/event.ts'
import { type Backoff, pauseAfter } from './backoff.ts'
import { answer } from './commands.ts'
import { type Pauses, isPaused, pausedMs } from './pauses.ts'
import { isLasting } from './results.ts'
import {
  type Delivery,
  type ScuIn,
  type ScuOut,
  attemptsOf,
  isAcknowledged,
  isComplete,
  lacksCommitment,
} from './state.ts'

/**
 * After an attempt that holds: finished when all is acknowledged, given up when no attempt can send what is
 * left, or the deadline has passed. Commands are answered.
 */
export const decide =
  (backoff: Backoff) =>
  (state: Delivery, event: Recorded<ScuIn>, pauses: Pauses): readonly Fact<ScuOut>[] => {
    switch (event.type) {
      case 'DeliveryAttempted':
        return afterAttempt(backoff, state, event, pauses)
      case 'RetryRequested':
      case 'RedirectRequested':
      case 'DropRequested':
        return isComplete(state) ? [] : answer(state, event)
      default:
        return []
    }
  }

const afterAttempt = (
  backoff: Backoff,
  state: Delivery,
  event: Recorded<'DeliveryAttempted'>,
  pauses: Pauses,
): readonly Fact<ScuOut>[] => {
  const { queued, last, ended } = state
  if (!queued || last?.meta.id !== event.meta.id || ended === 'finished' || ended === 'dropped') return []
  const { deliveryId, runId } = queued.data
  const { attempt: attempts, succeeded, warned, error } = event.data
  if (isComplete(state)) {
    const data = { deliveryId, runId, attempts, instances: succeeded + warned, warned }
    return [{ type: 'DeliveryFinished', stream: deliveryId, data }]
  }
  // Where it went elsewhere the next attempt is due in any case.
  if (ended === 'failed' || state.allowed > attempts) return []
  const failed = (reason: string): readonly Fact<ScuOut>[] => [
    { type: 'DeliveryFailed', stream: deliveryId, data: { deliveryId, runId, attempts, reason } },
  ]
  const isRefused = event.data.code === 'RD_DEIDENTIFICATION_REFUSED'
  const advice = isRefused ? 'see docs/deidentification.md' : 'correct the model'
  if (isHopeless(state)) return failed(`${error}; no attempt can send them: ${advice}`)
  if (!isLate(backoff, state, event, pauses)) return []
  const lacks = event.data.failed + event.data.notAttempted > 0 ? 'acknowledged' : 'committed to storage'
  return failed(`not every instance was ${lacks} before the deadline${error ? `: ${error}` : ''}`)
}

/** True when the time a delivery has is over. It does not run while its destination is paused. */
const isLate = (
  backoff: Backoff,
  { queued, opened }: Delivery,
  { meta }: Recorded<'DeliveryAttempted'>,
  pauses: Pauses,
): boolean => {
  const { destination } = queued!.data
  const name = nameOf(destination)
  if (!opened || isPaused(pauses, name)) return false
  const [since, now] = [Date.parse(opened.meta.time), Date.parse(meta.time)]
  return now - since - pausedMs(pauses, name, since, now) >= (deadlineMsOf(destination) ?? backoff.deadlineMs)
}

/** True when the last attempt left only files that are not DICOM, or cannot be de-identified. */
const isHopeless = ({ last }: Delivery): boolean =>
  last !== undefined && isLasting(last.data.code) && last.data.notAttempted === 0

/** When the next attempt is due by the back-off, in milliseconds since the epoch, or undefined where none is awaited. */
const dueAt = (backoff: Backoff, state: Delivery): number | undefined => {
  const { queued, last, ended, openedAfter } = state
  if (!queued || !last || ended || isComplete(state) || isHopeless(state)) return undefined
  const attempts = attemptsOf(state) - openedAfter
  const pauseMs = pauseAfter(attempts, queued.data.deliveryId, backoff)
  return Date.parse(last.meta.time) + Math.max(pauseMs, reportMsOf(state))
}

/** How long a destination that is only to commit itself still has for its report, which comes by itself. */
const reportMsOf = (state: Delivery): number =>
  isAcknowledged(state) && lacksCommitment(state)
    ? optionsOf(state.queued!.data.destination).commitment!.timeout * 1000
    : 0

/** True when it is time to send. */
export const isDue = (backoff: Backoff, state: Delivery): boolean => {
  if (state.allowed > attemptsOf(state)) return true
  const due = dueAt(backoff, state)
  return due !== undefined && due <= state.passed
}

/** The moment for which a timer is to be set, in milliseconds since the epoch. */
export const nextAttemptAt =
  (backoff: Backoff) =>
  (state: Delivery): number | undefined => {
    if (state.allowed > attemptsOf(state)) return undefined
    const due = dueAt(backoff, state)
    return due !== undefined && due > state.passed ? due : undefined
  }

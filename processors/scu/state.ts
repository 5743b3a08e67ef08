import { optionsOf } from '../../core/delivery/destination.ts'
import { type Recorded } from '../../core/event/event.ts'
import { type DeliveryState, type ObjectRef } from '../../schemas/generated/shared.ts'

export type ScuIn =
  | 'DeliveryQueued'
  | 'DeliveryAttempted'
  | 'CommitmentReported'
  | 'DeliveryFinished'
  | 'DeliveryFailed'
  | 'DeliveryReopened'
  | 'DeliveryRedirected'
  | 'DeliveryDropped'
  | 'RetryRequested'
  | 'RedirectRequested'
  | 'DropRequested'
  | 'TimerFired'
export type ScuOut =
  | 'DeliveryAttempted'
  | 'DeliveryFinished'
  | 'DeliveryFailed'
  | 'DeliveryReopened'
  | 'DeliveryRedirected'
  | 'DeliveryDropped'

/** One delivery as the SCU sees it. */
export interface Delivery {
  /** What is to go where; its destination is that of the last redirection. Undefined while nothing says so. */
  readonly queued: Pick<Recorded<'DeliveryQueued'>, 'data'> | undefined
  /** What called for it last: it was queued, opened again, or redirected. */
  readonly opened: Recorded<'DeliveryQueued' | 'DeliveryReopened' | 'DeliveryRedirected'> | undefined
  /** Attempts that had been made when it was opened. */
  readonly openedAfter: number
  /** True once it was redirected: an attempt that was under way then is no more wanted. */
  readonly redirected: boolean
  /** The last attempt that holds. */
  readonly last: Recorded<'DeliveryAttempted'> | undefined
  /** Results of the last attempt that could keep them. */
  readonly results: ObjectRef | null
  /** What the destination reported of its commitment since the delivery was opened, by the attempt that had asked. */
  readonly reports: readonly { readonly attempt: number; readonly report: ObjectRef }[]
  /** Attempts that may have been made by now, whatever the time: one more than were, where one is due at once. */
  readonly allowed: number
  /**
   * The latest moment that a timer has said, in milliseconds since the epoch: what was due by then is due. A restart
   * may read timers before the attempts that they followed, or long after.
   */
  readonly passed: number
  /** What its end is said to be. Failed and dropped hold until it is opened again, finished for good. */
  readonly ended: 'finished' | 'failed' | 'dropped' | undefined
}

export const noDelivery: Delivery = {
  queued: undefined,
  opened: undefined,
  openedAfter: 0,
  redirected: false,
  last: undefined,
  results: null,
  reports: [],
  allowed: 1,
  passed: 0,
  ended: undefined,
}

/** Attempts made. */
export const attemptsOf = ({ last, openedAfter }: Delivery): number =>
  Math.max(last?.data.attempt ?? 0, openedAfter)

/**
 * True when the last attempt left nothing unacknowledged, nor uncommitted where the destination is to commit itself.
 * Where all it lacks is a place for its results, the next could only send everything again.
 */
export const isComplete = (state: Delivery): boolean => {
  const { last } = state
  return (
    !!last && isAcknowledged(state) && !lacksCommitment(state) && (!last.data.error || !last.data.results)
  )
}

/** True when the destination has acknowledged all that there is. */
export const isAcknowledged = ({ last }: Delivery): boolean =>
  !!last && last.data.failed === 0 && last.data.notAttempted === 0

/** True when the destination is to commit itself to what it has, and did not. */
export const lacksCommitment = ({ queued, last }: Delivery): boolean =>
  !!queued &&
  !!last &&
  optionsOf(queued.data.destination).commitment !== undefined &&
  last.data.committed < last.data.succeeded + last.data.warned

/** How far it has come, as events carry it; undefined while nothing says what it is. */
export const progressOf = (delivery: Delivery): DeliveryState | undefined => {
  if (!delivery.queued) return undefined
  const { deliveryId: _, ...what } = delivery.queued.data
  return { ...what, attempts: attemptsOf(delivery), results: delivery.results }
}

import { type Recorded } from '../../core/event/event.ts'
import { type DeliveryState, type ObjectRef } from '../../schemas/generated/shared.ts'

export type ScuIn =
  | 'DeliveryQueued'
  | 'DeliveryAttempted'
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
  /** Attempts that may have been made by now: one more than were, when it is time to send. */
  readonly allowed: number
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
  allowed: 1,
  ended: undefined,
}

/** Attempts made. */
export const attemptsOf = ({ last, openedAfter }: Delivery): number =>
  Math.max(last?.data.attempt ?? 0, openedAfter)

/** How far it has come, as events carry it; undefined while nothing says what it is. */
export const progressOf = (delivery: Delivery): DeliveryState | undefined => {
  if (!delivery.queued) return undefined
  const { deliveryId: _, ...what } = delivery.queued.data
  return { ...what, attempts: attemptsOf(delivery), results: delivery.results }
}

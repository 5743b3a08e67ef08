import { type Recorded } from '../../core/event/event.ts'
import { type ObjectRef } from '../../schemas/generated/shared.ts'

export type ScuIn =
  'DeliveryQueued' | 'DeliveryAttempted' | 'DeliveryFinished' | 'DeliveryFailed' | 'TimerFired'
export type ScuOut = 'DeliveryAttempted' | 'DeliveryFinished' | 'DeliveryFailed'

/** One delivery as the SCU sees it. */
export interface Delivery {
  readonly queued: Recorded<'DeliveryQueued'> | undefined
  /** The last attempt that holds. */
  readonly last: Recorded<'DeliveryAttempted'> | undefined
  /** Results of the last attempt that could keep them. */
  readonly results: ObjectRef | null
  /** Attempts that may have been made by now: one more than were, when it is time to send. */
  readonly allowed: number
  readonly ended: boolean
}

export const noDelivery: Delivery = {
  queued: undefined,
  last: undefined,
  results: null,
  allowed: 1,
  ended: false,
}

/** Attempts made. */
export const attemptsOf = ({ last }: Delivery): number => last?.data.attempt ?? 0

import { deterministicId } from '../../core/event/id.ts'

/** The growing pauses between attempts. */
export interface Backoff {
  /** Pause after the first attempt, in milliseconds. */
  readonly firstMs: number
  /** Longest pause, in milliseconds. */
  readonly longestMs: number
  /** Time after the delivery was queued at which we give up, in milliseconds; a destination may say another. */
  readonly deadlineMs: number
}

/** Five seconds at first, then twice as long each time up to ten minutes; given up after 72 hours. */
export const defaultBackoff: Backoff = { firstMs: 5000, longestMs: 600_000, deadlineMs: 72 * 3_600_000 }

/** How far a pause may differ from what it would be, so that all that waits for one destination does not come at once. */
const jitter = 0.2

/**
 * Pause after the attempt that is the `attempt`th (from 1) since the delivery was opened, in milliseconds. What
 * chance would do for a delivery, its id does: whoever computes it comes to the same.
 */
export const pauseAfter = (
  attempt: number,
  deliveryId: string,
  { firstMs, longestMs }: Pick<Backoff, 'firstMs' | 'longestMs'>,
): number => {
  const part = Number.parseInt(deterministicId('jitter', deliveryId, attempt).slice(0, 8), 16) / 0xffffffff
  return Math.round(Math.min(longestMs, firstMs * 2 ** (attempt - 1)) * (1 - jitter + 2 * jitter * part))
}

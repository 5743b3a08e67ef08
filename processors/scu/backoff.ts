/** The growing pauses between attempts. */
export interface Backoff {
  /** Pause after the first attempt, in milliseconds. */
  readonly firstMs: number
  /** Longest pause, in milliseconds. */
  readonly longestMs: number
  /** Time after the delivery was queued at which we give up, in milliseconds. */
  readonly deadlineMs: number
}

/** Five seconds at first, then twice as long each time up to ten minutes; given up after 72 hours. */
export const defaultBackoff: Backoff = { firstMs: 5000, longestMs: 600_000, deadlineMs: 72 * 3_600_000 }

/** Pause after attempt `attempt` (from 1), in milliseconds. */
export const pauseAfter = (attempt: number, { firstMs, longestMs }: Backoff): number =>
  Math.min(longestMs, firstMs * 2 ** (attempt - 1))

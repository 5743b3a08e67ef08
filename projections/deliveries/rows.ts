import { z } from 'zod'
import { instant, integer } from '../runtime/rows.ts'

/** A row of the table delivery_attempts. */
export const attemptRow = z.object({
  deliveryId: z.string(),
  attempt: integer,
  attemptedAt: instant.nullable(),
  /** Name of the destination it was made at; null in older events. */
  destination: z.string().nullable(),
  succeeded: integer.nullable(),
  warned: integer.nullable(),
  failed: integer.nullable(),
  notAttempted: integer.nullable(),
  committed: integer.nullable(),
  ruleSetHash: z.string().nullable(),
  errorCode: z.string().nullable(),
  error: z.string().nullable(),
  durationMs: integer.nullable(),
  resultsKey: z.string().nullable(),
})
export type AttemptRow = z.output<typeof attemptRow>

/** A row of the view destination_overview. */
export const destinationRow = z.object({
  name: z.string(),
  /** Null where nothing was sent there yet. */
  kind: z.string().nullable(),
  pending: integer,
  failed: integer,
  dropped: integer,
  finished: integer,
  lastFinishedAt: instant.nullable(),
  lastErrorAt: instant.nullable(),
  lastErrorCode: z.string().nullable(),
  lastError: z.string().nullable(),
  pausedAt: instant.nullable(),
  pausedBy: z.string().nullable(),
  pausedReason: z.string().nullable(),
})
export type DestinationRow = z.output<typeof destinationRow>

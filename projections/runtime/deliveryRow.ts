import { z } from 'zod'
import { instant, integer } from './rows.ts'

/** A row of the view delivery_overview. */
export const deliveryRow = z.object({
  deliveryId: z.string(),
  status: z.enum(['pending', 'finished', 'failed', 'dropped']),
  runId: z.string().nullable(),
  flowName: z.string().nullable(),
  correlationId: z.string().nullable(),
  /** Where it was queued for. */
  kind: z.string().nullable(),
  host: z.string().nullable(),
  port: integer.nullable(),
  aeTitle: z.string().nullable(),
  url: z.string().nullable(),
  destination: z.string().nullable(),
  /** Name of the destination it goes to now. */
  sendsTo: z.string().nullable(),
  redirectedAt: instant.nullable(),
  redirectedBy: z.string().nullable(),
  redirectedReason: z.string().nullable(),
  files: integer.nullable(),
  bytes: integer.nullable(),
  manifestKey: z.string().nullable(),
  queuedAt: instant.nullable(),
  endedAt: instant.nullable(),
  durationMs: integer.nullable(),
  attempts: integer,
  succeeded: integer,
  /** Acknowledged with a warning. */
  lastWarned: integer.nullable(),
  lastAttemptAt: instant.nullable(),
  lastErrorCode: z.string().nullable(),
  lastError: z.string().nullable(),
  /** Why it failed or was dropped. */
  reason: z.string().nullable(),
  droppedBy: z.string().nullable(),
  reopenedAt: instant.nullable(),
  reopenedBy: z.string().nullable(),
  reopenedReason: z.string().nullable(),
  /** Since when the destination of a pending one is paused, by whom and why. */
  pausedAt: instant.nullable(),
  pausedBy: z.string().nullable(),
  pausedReason: z.string().nullable(),
})
export type DeliveryRow = z.output<typeof deliveryRow>

import { z } from 'zod'
import { instant, integer } from './rows.ts'

/** A row of the view delivery_overview. */
export const deliveryRow = z.object({
  deliveryId: z.string(),
  status: z.enum(['pending', 'finished', 'failed']),
  runId: z.string().nullable(),
  flowName: z.string().nullable(),
  kind: z.string().nullable(),
  host: z.string().nullable(),
  port: integer.nullable(),
  aeTitle: z.string().nullable(),
  files: integer.nullable(),
  bytes: integer.nullable(),
  manifestKey: z.string().nullable(),
  queuedAt: instant.nullable(),
  endedAt: instant.nullable(),
  durationMs: integer.nullable(),
  attempts: integer,
  succeeded: integer,
  lastAttemptAt: instant.nullable(),
  lastErrorCode: z.string().nullable(),
  lastError: z.string().nullable(),
  reason: z.string().nullable(),
})
export type DeliveryRow = z.output<typeof deliveryRow>

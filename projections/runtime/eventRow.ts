import { z } from 'zod'
import { instant, integer } from './rows.ts'

/** A row of the table events. */
export const eventRow = z.object({
  id: z.string(),
  topic: z.string(),
  partition: integer,
  offset: integer,
  type: z.string(),
  time: instant,
  stream: z.string(),
  causationId: z.string(),
  correlationId: z.string(),
  source: z.string(),
  traceparent: z.string().nullable(),
  /** null where this version does not know the type. */
  payload: z.record(z.string(), z.unknown()).nullable(),
})
export type EventRow = z.output<typeof eventRow>

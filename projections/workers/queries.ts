import { z } from 'zod'
import { type Tables, instant, integer, rowsOf } from '../runtime/rows.ts'

/** A row of the view worker_overview. */
export const workerRow = z.object({
  workerId: z.string(),
  /** silent: no sign of it within its lease. */
  status: z.enum(['ready', 'silent', 'left']),
  host: z.string().nullable(),
  slots: integer.nullable(),
  gpus: z.array(z.string()).nullable(),
  labels: z.array(z.string()).nullable(),
  leaseMs: integer.nullable(),
  joinedAt: instant.nullable(),
  lastSeenAt: instant.nullable(),
  leftAt: instant.nullable(),
  leftReason: z.string().nullable(),
})
export type WorkerRow = z.output<typeof workerRow>

/** The workers by id. */
export const listWorkers = (tables: Tables): Promise<readonly WorkerRow[]> =>
  rowsOf(tables, workerRow, (table) => `select * from ${table('worker_overview')} order by worker_id`)

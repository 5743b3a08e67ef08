import { z } from 'zod'
import { byBeginning } from '../runtime/beginning.ts'
import { type Tables, instant, integer, rowsOf } from '../runtime/rows.ts'

/** A row of the view worker_overview. */
export const workerRow = z.object({
  workerId: z.string(),
  /** draining: it gets nothing more and still runs something; silent: no sign of it within its lease. */
  status: z.enum(['ready', 'draining', 'drained', 'silent', 'left']),
  host: z.string().nullable(),
  slots: integer.nullable(),
  /** Attempts that were given to it and have no outcome yet. */
  slotsUsed: integer,
  cpus: z.number().nullable(),
  memory: integer.nullable(),
  gpus: z.array(z.string()).nullable(),
  /** Bytes of each of them, in their order; 0 where it is not known. */
  gpuMemory: z.array(integer).nullable(),
  labels: z.array(z.string()).nullable(),
  leaseMs: integer.nullable(),
  joinedAt: instant.nullable(),
  lastSeenAt: instant.nullable(),
  leftAt: instant.nullable(),
  leftReason: z.string().nullable(),
  drainedAt: instant.nullable(),
  drainedBy: z.string().nullable(),
  drainedReason: z.string().nullable(),
})
export type WorkerRow = z.output<typeof workerRow>

/** The workers by id. */
export const listWorkers = (tables: Tables): Promise<readonly WorkerRow[]> =>
  rowsOf(tables, workerRow, (table) => `select * from ${table('worker_overview')} order by worker_id`)

/** A worker by its id, or by the first letters of it. RD_NOT_FOUND where there is none, RD_USAGE where several begin so. */
export const findWorker = (tables: Tables, id: string): Promise<WorkerRow> => {
  const see = 'see: raddeploy workers list'
  const workers = { view: 'worker_overview', column: 'worker_id', what: 'worker', see }
  return byBeginning(tables, workerRow, workers, id, ({ workerId }) => workerId)
}

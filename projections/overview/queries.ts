import { z } from 'zod'
import { byBeginning } from '../runtime/beginning.ts'
import { type DeliveryRow, deliveryRow } from '../runtime/deliveryRow.ts'
import { type EventRow, eventRow } from '../runtime/eventRow.ts'
import { type Tables, rowsOf } from '../runtime/rows.ts'
import { type AssociationRow, type ModelRow, type RunRow, associationRow, modelRow, runRow } from './rows.ts'
import { timelineOf } from './timeline.ts'

/** The last runs, the newest first; of one flow or status where asked for. */
export const listRuns = (
  tables: Tables,
  filter: { readonly flow?: string; readonly status?: RunRow['status']; readonly limit?: number } = {},
): Promise<readonly RunRow[]> =>
  rowsOf(
    tables,
    runRow,
    (table) => `select * from ${table('run_overview')}
      where ($1::text is null or flow_name = $1) and ($2::text is null or status = $2)
      order by created_at desc nulls last, run_id limit $3`,
    [filter.flow ?? null, filter.status ?? null, filter.limit ?? 50],
  )

/** One run with all that belongs to it. */
export interface RunDetails {
  readonly run: RunRow
  /** Each attempt at each model, in the order of the flow. */
  readonly models: readonly ModelRow[]
  readonly deliveries: readonly DeliveryRow[]
  /** What led to the run, the run, and what followed from it. */
  readonly timeline: readonly EventRow[]
}

/**
 * A run by its id, or by the first letters of it. The timeline leaves out the arrival of each single
 * instance unless asked for. RD_NOT_FOUND where there is none, RD_USAGE where several begin so.
 */
export const showRun = async (
  tables: Tables,
  id: string,
  { instances = false }: { readonly instances?: boolean } = {},
): Promise<RunDetails> => {
  const runs = { view: 'run_overview', column: 'run_id', what: 'run', see: 'see `raddeploy runs list`' }
  const run = await byBeginning(tables, runRow, runs, id, ({ runId }) => runId)
  const [models, deliveries] = await Promise.all([
    modelsOf(tables, run.runId),
    rowsOf(
      tables,
      deliveryRow,
      (table) =>
        `select * from ${table('delivery_overview')} where run_id = $1 order by queued_at, delivery_id`,
      [run.runId],
    ),
  ])
  // What was gathered over several associations has the correlation of the last one.
  const own = [run.runId, ...deliveries.map(({ deliveryId }) => deliveryId)]
  const timeline = await rowsOf(
    tables,
    eventRow,
    (table) => `select * from ${table('events')}
      where stream = any($2) or (correlation_id = any($1)
        and topic not in ('raddeploy.runs', 'raddeploy.deliveries')
        and ($3 or type <> 'InstanceStored')
        and not (type = 'TriggerMatched' and payload ->> 'runId' <> $4))`,
    [[run.correlationId, ...(run.associationIds ?? [])], own, instances, run.runId],
  )
  return { run, models, deliveries, timeline: timelineOf(timeline) }
}

/** How far a run is. */
export interface RunProgress {
  readonly isOver: boolean
  /** Each attempt at each model, in the order of the flow; not older than `isOver`. */
  readonly models: readonly ModelRow[]
}

/** How far the run of an id is, for whoever asks again and again. */
export const progressOf = async (tables: Tables, runId: string): Promise<RunProgress> => {
  const over = await rowsOf(
    tables,
    z.unknown(),
    (table) => `select 1 from ${table('runs')} where run_id = $1 and outcome is not null`,
    [runId],
  )
  return { isOver: over.length > 0, models: await modelsOf(tables, runId) }
}

const modelsOf = (tables: Tables, runId: string): Promise<readonly ModelRow[]> =>
  rowsOf(
    tables,
    modelRow,
    (table) => `select * from ${table('models')} where run_id = $1 order by model, job_id, attempt`,
    [runId],
  )

/** The last associations, the newest first, with what became of them. */
export const listAssociations = (
  tables: Tables,
  { limit = 50 }: { readonly limit?: number } = {},
): Promise<readonly AssociationRow[]> =>
  rowsOf(
    tables,
    associationRow,
    (table) => `select * from ${table('association_overview')}
      order by opened_at desc nulls last, association_id limit $1`,
    [limit],
  )

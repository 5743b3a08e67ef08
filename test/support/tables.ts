import { type Pool } from 'pg'
import { type Logger, pino } from 'pino'
import { vi } from 'vitest'
import { migrate } from '../../infra/postgres/migrate.ts'
import { projections } from '../../projections/index.ts'
import { type Positions, loadPositions } from '../../projections/runtime/positions.ts'
import { runProjector } from '../../projections/runtime/projector.ts'
import { projectAll } from '../../projections/runtime/project.ts'
import { type LogRecord, type Source } from '../../projections/runtime/record.ts'
import { withClient } from '../../infra/postgres/pool.ts'

/** A logger that says nothing. */
export const silent: Logger = pino({ level: 'silent' })

/** Creates the tables of all projections in a schema. */
export const createTables = (pool: Pool, schema: string): Promise<void> =>
  migrate(pool, { schema, folders: projections.migrations })

/** Projects batches one after the other into a schema, from where it stands. */
export const projectInto = async (
  pool: Pool,
  schema: string,
  ...batches: readonly (readonly LogRecord[])[]
): Promise<Positions> => {
  let positions = await loadPositions(pool, schema)
  for (const batch of batches)
    positions = await withClient(pool, (client) =>
      projectAll(client, { schema, projections, positions }, batch),
    )
  return positions
}

/** A projector at work in the background. */
export const startProjector = (pool: Pool, source: Source, schema = 'raddeploy') => {
  const abort = new AbortController()
  const running = runProjector({ pool, schema, projections, source, logger: silent, signal: abort.signal })
  return {
    stop: async () => {
      abort.abort()
      await running
    },
  }
}

/** Waits until a schema has come to the end of the log as it is now. */
export const caughtUp = async (pool: Pool, source: Source, schema = 'raddeploy'): Promise<void> => {
  const ends = (await source.partitions()).filter(({ high }) => high > 0n)
  await vi.waitFor(
    async () => {
      const positions = await loadPositions(pool, schema)
      const behind = ends.filter(
        ({ topic, partition, high }) => (positions.get(`${topic}/${partition}`) ?? 0n) < high,
      )
      if (behind.length > 0) throw new Error(`behind on ${behind.map(({ topic }) => topic).join()}`)
    },
    { timeout: 30_000, interval: 20 },
  )
}

/** All rows of a table. */
export const rowsIn = async (
  pool: Pool,
  table: string,
  schema = 'raddeploy',
): Promise<Record<string, unknown>[]> =>
  (await pool.query<Record<string, unknown>>(`select * from "${schema}"."${table}"`)).rows

import { type Pool, type PoolClient } from 'pg'
import pRetry from 'p-retry'
import { RadDeployError } from '../../core/error/error.ts'
import { migrate } from '../../infra/postgres/migrate.ts'
import { withClient } from '../../infra/postgres/pool.ts'
import { loadPositions, placeOf } from './positions.ts'
import { type Projections } from './projection.ts'
import { type Source } from './record.ts'
import { inSchema, liveSchema, quoted, retiredOf, shadowOf } from './schema.ts'
import { Shadow } from './shadow.ts'

export interface RebuildOptions {
  /** With room for two connections. */
  readonly pool: Pool
  readonly schema?: string
  readonly projections: Projections
  readonly source: Source
  /** Called after each transaction: offsets projected, and how many there are by now. */
  readonly progress: (done: bigint, total: bigint) => void
  readonly signal: AbortSignal
}

/** With fewer records than this to go, the live projector is made to wait while the rest is read. */
const nearEnough = 1000n
/** A log that grows faster than it is read must end somewhere, too. */
const roundsAtMost = 10

/**
 * Builds a shadow schema from the first offset on, then renames it to the live one and drops that: readers
 * see the old tables until they see the new ones. A live projector waits while the last records are read,
 * finds the offsets moved, and goes on from them. One rebuild at a time: RD_PROJECTION_CONFLICT.
 */
export const rebuild = (options: RebuildOptions): Promise<void> =>
  withClient(options.pool, async (client) => {
    const { pool, schema = liveSchema, projections, source } = options
    const [shadow, retired] = [shadowOf(schema), retiredOf(schema)]
    await lock(client, schema)
    let behind: Shadow | undefined
    try {
      await drop(client, shadow)
      await drop(client, retired)
      await migrate(pool, { schema: shadow, folders: projections.migrations })
      const bounds = await source.partitions()
      behind = new Shadow({ ...options, schema: shadow }, bounds)
      await behind.catchUp(bounds)
      for (let round = 0; round < roundsAtMost; round += 1) {
        const now = await source.partitions()
        if (behind.remaining(now) < nearEnough) break
        await behind.catchUp(now)
      }
      await client.query('begin')
      try {
        await swap(client, schema, behind, source)
        await client.query('commit')
      } catch (error) {
        await client.query('rollback').catch(() => undefined)
        throw error
      }
      await drop(client, retired).catch(() => undefined)
    } finally {
      await behind?.close()
      await client
        .query('select pg_advisory_unlock(hashtextextended($1, 0))', [shadow])
        .catch(() => undefined)
    }
  })

/** With the offsets locked nobody projects into the live schema, so the shadow can draw level with it. */
const swap = async (client: PoolClient, schema: string, behind: Shadow, source: Source): Promise<void> => {
  const offsets = inSchema(schema, 'projection_offsets')
  const { rows } = await client.query<{ there: boolean; live: boolean }>(
    'select to_regnamespace($1) is not null as there, to_regclass($2) is not null as live',
    [quoted(schema), offsets],
  )
  if (rows[0]!.live) {
    await client.query(`lock table ${offsets} in share row exclusive mode`)
    const live = await loadPositions(client, schema)
    const now = await source.partitions()
    await behind.catchUp(now.map((one) => ({ ...one, high: lower(one.high, live.get(placeOf(one)) ?? 0n) })))
  }
  if (rows[0]!.there)
    await client.query(`alter schema ${quoted(schema)} rename to ${quoted(retiredOf(schema))}`)
  await client.query(`alter schema ${quoted(shadowOf(schema))} rename to ${quoted(schema)}`)
}

const lower = (a: bigint, b: bigint): bigint => (a < b ? a : b)

const lock = async (client: PoolClient, schema: string): Promise<void> => {
  const { rows } = await client.query<{ locked: boolean }>(
    'select pg_try_advisory_lock(hashtextextended($1, 0)) as locked',
    [shadowOf(schema)],
  )
  if (!rows[0]!.locked)
    throw new RadDeployError('RD_PROJECTION_CONFLICT', 'a rebuild is under way already; wait for its end')
}

/**
 * Drops a schema. A reader that still holds one of its tables is not made to fail by a deadlock: we ask
 * again. What cannot be dropped for a minute is left to the next rebuild.
 */
const drop = async (client: PoolClient, schema: string): Promise<void> => {
  const dropped = async (): Promise<void> => {
    try {
      await client.query(
        `begin; set local lock_timeout = '500ms'; drop schema if exists ${quoted(schema)} cascade; commit`,
      )
    } catch (error) {
      await client.query('rollback')
      throw error
    }
  }
  await pRetry(dropped, { retries: 60, minTimeout: 500, factor: 1 })
}

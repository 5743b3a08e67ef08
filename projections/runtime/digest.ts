import { type Pool } from 'pg'
import { withClient } from '../../infra/postgres/pool.ts'
import { migrationsTable } from '../../infra/postgres/migrate.ts'
import { inSchema, liveSchema } from './schema.ts'

/** What a table holds: two tables of the same columns with the same digest hold the same rows. */
export interface TableDigest {
  readonly rows: number
  /** Sum over all rows of both halves of the MD5 of the row, so that their order does not matter. */
  readonly hash: string
}

/**
 * The digest of every table of a schema, by name, all as of one moment. Left out is what is about this
 * copy and not about the log: how far it has come and which migrations it was built by.
 */
export const tableDigest = (
  pool: Pool,
  schema: string = liveSchema,
): Promise<Readonly<Record<string, TableDigest>>> =>
  withClient(pool, async (client) => {
    await client.query('begin isolation level repeatable read read only')
    await client.query("set local timezone = 'UTC'")
    const tables = await client.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = $1 and tablename <> all($2) order by 1`,
      [schema, ['projection_offsets', migrationsTable]],
    )
    const digests: [string, TableDigest][] = []
    for (const { name } of tables.rows) {
      const half = (from: number): string =>
        `coalesce(sum(('x' || substr(md5(t::text), ${from}, 16))::bit(64)::bigint::numeric), 0)`
      const { rows } = await client.query<{ rows: string; hash: string }>(
        `select count(*) as rows, ${half(1)} || ':' || ${half(17)} as hash from ${inSchema(schema, name)} as t`,
      )
      digests.push([name, { rows: Number(rows[0]!.rows), hash: rows[0]!.hash }])
    }
    await client.query('commit')
    return Object.fromEntries(digests)
  })

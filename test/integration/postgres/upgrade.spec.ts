import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { migrate } from '../../../infra/postgres/migrate.ts'
import { projections } from '../../../projections/index.ts'
import { tableDigest } from '../../../projections/runtime/digest.ts'
import { type Database, freshDatabase } from '../../support/database.ts'
import { an } from '../../support/events.ts'
import { ImaginedLog } from '../../support/imaginedLog.ts'
import { story } from '../../support/story.ts'
import { createTables, projectInto } from '../../support/tables.ts'

const root = join(import.meta.dirname, '../../..')
let database: Database
let folder: string
beforeAll(async () => {
  database = await freshDatabase(inject('endpoints').postgres.url)
  folder = await mkdtemp(join(tmpdir(), 'rd-migrations-'))
})
afterAll(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

/** Creates the tables as they were up to a migration of this number. */
const createOld = async (schema: string, last: string): Promise<void> => {
  for (const from of projections.migrations)
    for (const file of await readdir(join(root, from)))
      if (file.slice(0, 4) <= last) await copyFile(join(root, from, file), join(folder, file))
  await migrate(database.pool, { schema, folders: [relative(root, folder)] })
}

/** Deliveries as they were up to 0008: with one end, of either kind. */
const olderDeliveries = `(select *, coalesce(finished_at, failed_at) as ended_at, failed_reason as reason,
  case when finished_at is not null then 'finished' when failed_at is not null then 'failed' end as outcome
  from anew.deliveries)`

/** The columns that somebody writes. */
const columnsOf = async (schema: string, table: string): Promise<string> => {
  const { rows } = await database.pool.query<{ names: string }>(
    `select string_agg(quote_ident(column_name), ',' order by ordinal_position) as names
     from information_schema.columns
     where table_schema = $1 and table_name = $2 and is_generated = 'NEVER' and is_identity = 'NO'`,
    [schema, table],
  )
  return rows[0]!.names
}

/** All rows of a view: which comes first is left to the database, and so is said here. */
const rowsOf = async (schema: string, view: string): Promise<readonly object[]> =>
  (await database.pool.query<object>(`select * from ${schema}.${view} as t order by t::text`)).rows

test('tables that grew with an earlier version are, brought up to date, as if they were made anew', async () => {
  const { pool } = database
  const log = new ImaginedLog()
  log.append(
    ...story({ name: 'one', instances: 2, flows: 2, lost: true, failed: false, attempts: 3 }),
    ...story({ name: 'two', instances: 1, flows: 1, lost: false, failed: true, attempts: 1 }),
    ...[an.workerJoined({ gpus: ['0'] }), an.workerHeartbeat({ workerId: 'worker-2' })],
  )
  await createTables(pool, 'anew')
  await projectInto(pool, 'anew', log.records())
  await createOld('old', '0004')
  const { rows } = await pool.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'old' and tablename <> 'schema_migrations'`,
  )
  expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(['models', 'workers', 'runs']))
  for (const { name } of rows) {
    const columns = await columnsOf('old', name)
    const from = name === 'deliveries' ? olderDeliveries : `anew."${name}"`
    await pool.query(`insert into old."${name}" (${columns}) select ${columns} from ${from} as t`)
  }
  await createTables(pool, 'old')
  expect(await tableDigest(pool, 'old')).toEqual(await tableDigest(pool, 'anew'))
  for (const view of [
    ...['jobs', 'run_overview', 'worker_overview', 'association_overview'],
    ...['delivery_overview', 'destination_overview'],
  ])
    expect(await rowsOf('old', view)).toEqual(await rowsOf('anew', view))
})

import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { pino } from 'pino'
import { postgresPool } from '../../infra/postgres/pool.ts'

/** A database of a spec file's own. */
export interface Database {
  readonly url: string
  readonly pool: pg.Pool
  drop(): Promise<void>
}

/** Creates an empty database on the server of `serverUrl`; `drop` ends what is connected and removes it. */
export const freshDatabase = async (serverUrl: string): Promise<Database> => {
  const name = `test_${randomBytes(6).toString('hex')}`
  const server = new pg.Client({ connectionString: serverUrl })
  await server.connect()
  await server.query(`create database ${name}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  const pool = postgresPool({ url: url.href, logger: pino({ level: 'silent' }) })
  return {
    url: url.href,
    pool,
    drop: async () => {
      await pool.end()
      await server.query(`drop database ${name} with (force)`)
      await server.end()
    },
  }
}

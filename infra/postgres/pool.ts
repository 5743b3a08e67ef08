import pg from 'pg'
import { type Logger } from 'pino'
import { isRadDeployError } from '../../core/error/error.ts'

/**
 * The pool of connections to Postgres. Every session speaks UTC, so that a timestamp reads the same to
 * all. A connection that breaks while nobody uses it is logged and replaced, never fatal.
 */
export const postgresPool = (options: {
  readonly url: string
  readonly logger: Logger
  /** Connections at most; a rebuild needs two. */
  readonly max?: number
}): pg.Pool => {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.max ?? 8,
    application_name: 'raddeploy',
    options: '-c timezone=UTC',
    connectionTimeoutMillis: 5000,
    keepAlive: true,
  })
  pool.on('error', (error) => options.logger.warn({ error: error.message }, 'a Postgres connection was lost'))
  return pool
}

/** Lends a connection; one on which something unforeseen failed is thrown away. */
export const withClient = async <T>(
  pool: pg.Pool,
  use: (client: pg.PoolClient) => Promise<T>,
): Promise<T> => {
  const client = await pool.connect()
  // Without a listener a connection lost between two statements would end the process; the next one fails.
  const lost = (): void => undefined
  client.on('error', lost)
  let broken = true
  try {
    const result = await use(client)
    broken = false
    return result
  } catch (error) {
    broken = !isRadDeployError(error)
    throw error
  } finally {
    client.off('error', lost)
    client.release(broken)
  }
}

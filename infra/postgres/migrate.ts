import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runner } from 'node-pg-migrate'
import { type Pool } from 'pg'
import { withClient } from './pool.ts'

/** The table, one in each schema, that names the files already run there. */
export const migrationsTable = 'schema_migrations'

/** The folder of package.json: also when run from dist/, where tsc puts no .sql. */
const packageRoot = (): string => {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return folder
}

/**
 * Runs the .sql files of the folders that were not yet run in this schema, in one transaction, in the order
 * of their numbers, then of their names. The files name no schema: the search path does, so the same file
 * builds a live schema and its shadow. Folders are relative to the package. Whoever comes second waits.
 */
export const migrate = async (
  pool: Pool,
  { schema, folders }: { readonly schema: string; readonly folders: readonly string[] },
): Promise<void> =>
  withClient(pool, async (client) => {
    try {
      await runner({
        dbClient: client,
        dir: folders.map((folder) => join(packageRoot(), folder, '*.sql')),
        useGlob: true,
        direction: 'up',
        schema,
        createSchema: true,
        migrationsSchema: schema,
        migrationsTable,
        // A projection that comes later may sort between files that were run long ago.
        checkOrder: false,
        singleTransaction: true,
        advisoryLockMode: 'wait',
        log: () => undefined,
      })
    } finally {
      await client.query('reset search_path')
    }
  })

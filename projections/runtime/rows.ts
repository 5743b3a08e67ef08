import { type Pool } from 'pg'
import { z } from 'zod'
import { RadDeployError } from '../../core/error/error.ts'
import { inSchema, liveSchema } from './schema.ts'

/** Where a query reads: a pool, and a schema other than the live one where that is wanted. */
export interface Tables {
  readonly pool: Pool
  readonly schema?: string
}

/** A moment as ISO 8601 in UTC. */
export const instant = z.date().transform((date) => date.toISOString())
/** An integer; Postgres gives bigint as text. */
export const integer = z.coerce.number().int()

const camelCase = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/**
 * The rows of a query, their columns in camel case, checked. `sql` is given a function that names a table
 * in the schema. RD_POSTGRES_UNAVAILABLE where there is no answer, or no such table yet.
 */
export const rowsOf = async <Row extends z.ZodType>(
  { pool, schema = liveSchema }: Tables,
  row: Row,
  sql: (table: (name: string) => string) => string,
  parameters: readonly unknown[] = [],
): Promise<readonly z.output<Row>[]> => {
  const text = sql((name) => inSchema(schema, name))
  const { rows } = await pool
    .query<Record<string, unknown>>(text, [...parameters])
    .catch((error: unknown) => {
      throw new RadDeployError(
        'RD_POSTGRES_UNAVAILABLE',
        'Postgres does not give the tables; is it running, and a projector too?',
        { schema },
        error,
      )
    })
  return z
    .array(row)
    .parse(
      rows.map((one) =>
        Object.fromEntries(Object.entries(one).map(([name, value]) => [camelCase(name), value])),
      ),
    )
}

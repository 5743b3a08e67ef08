import { z } from 'zod'
import { type Tables, instant, integer, rowsOf } from '../runtime/rows.ts'

/** A row of the table association_refusals. */
export const refusalRow = z.object({
  refusalId: z.string(),
  refusedAt: instant.nullable(),
  callingAe: z.string().nullable(),
  callingHost: z.string().nullable(),
  calledAe: z.string().nullable(),
  scp: z.string().nullable(),
  via: z.string().nullable(),
  /** Of the A-ASSOCIATE-RJ (PS3.8, table 9-21), as are source and diagnostic; over HTTP 0, 0 and the status code. */
  result: integer.nullable(),
  source: integer.nullable(),
  diagnostic: integer.nullable(),
  reason: z.string().nullable(),
  tls: z.string().nullable(),
})
export type RefusalRow = z.output<typeof refusalRow>

/** The last associations that were refused, the newest first. */
export const listRefusals = (
  tables: Tables,
  { limit = 50 }: { readonly limit?: number } = {},
): Promise<readonly RefusalRow[]> =>
  rowsOf(
    tables,
    refusalRow,
    (table) => `select * from ${table('association_refusals')}
      order by refused_at desc nulls last, refusal_id limit $1`,
    [limit],
  )

import { z } from 'zod'
import { type Tables, instant, rowsOf } from '../runtime/rows.ts'

/** A row of the table flows. */
export const flowRow = z.object({
  name: z.string(),
  status: z.enum(['active', 'paused', 'retired']),
  version: z.string().nullable(),
  hash: z.string(),
  /** Canonical JSON. */
  definition: z.string().nullable(),
  source: z.string().nullable(),
  file: z.string().nullable(),
  definedAt: instant.nullable(),
  appliedBy: z.string().nullable(),
  retiredAt: instant.nullable(),
  retiredBy: z.string().nullable(),
  pausedAt: instant.nullable(),
  pausedBy: z.string().nullable(),
  pauseReason: z.string().nullable(),
})
export type FlowRow = z.output<typeof flowRow>

/** The flows by name; those that were retired, too, where asked for. */
export const listFlows = (
  tables: Tables,
  { retired = false }: { readonly retired?: boolean } = {},
): Promise<readonly FlowRow[]> =>
  rowsOf(
    tables,
    flowRow,
    (table) => `select * from ${table('flows')} where $1 or status <> 'retired' order by name`,
    [retired],
  )

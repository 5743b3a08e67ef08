import { expect } from 'vitest'
import { type Recorded } from '../../core/event/event.ts'
import { applied, rowOf } from '../../projections/runtime/merge.ts'
import { type Columns, type Projection, type RowChange } from '../../projections/runtime/projection.ts'

/** The rows of each table after these changes, by what a change means; null and absent are the same. */
export const folded = (changes: readonly RowChange[]): Readonly<Record<string, readonly Columns[]>> => {
  const rows = new Map<string, { table: string; row: Columns }>()
  for (const change of changes)
    rows.set(rowOf(change), {
      table: change.table,
      row: applied(rows.get(rowOf(change))?.row, change),
    })
  const tables: Record<string, Columns[]> = {}
  for (const [, { table, row }] of [...rows].sort(([a], [b]) => (a < b ? -1 : 1)))
    (tables[table] ??= []).push(
      Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null && value !== undefined)),
    )
  return tables
}

/** What a projection changes for these events; each event is given once, as the runtime does. */
const changesOf = (projection: Projection, events: readonly Recorded[]): readonly RowChange[] =>
  events.filter(({ type }) => projection.reads.includes(type)).flatMap((event) => projection.map(event))

/** Given events, then these rows of a table, as far as the columns are named. */
export const projectionSpec = (projection: Projection) => ({
  given: (...events: readonly Recorded[]) => ({
    then: (table: string, ...rows: readonly Columns[]) => {
      expect(folded(changesOf(projection, events))[table] ?? []).toEqual(
        rows.map((row) => expect.objectContaining(row) as unknown),
      )
    },
    /** Also: of the columns named, the row has none. */
    thenUnset: (table: string, ...columns: readonly string[]) => {
      for (const row of folded(changesOf(projection, events))[table] ?? [])
        expect(Object.keys(row).filter((name) => columns.includes(name))).toEqual([])
    },
  }),
})

import { type Columns, type RowChange } from './projection.ts'

/** A row as it is after a change; columns that nothing set are absent, which is null. */
export const applied = (row: Columns | undefined, { key, set, once }: RowChange): Columns => {
  const next: Record<string, unknown> = { ...key, ...row, ...set }
  for (const [column, group] of Object.entries(once ?? {}))
    if ((next[column] ?? null) === null) Object.assign(next, group)
  return next
}

/** The name of the row that a change is about. */
export const rowOf = ({ table, key }: RowChange): string =>
  JSON.stringify([table, ...Object.values(key).map(String)])

/** One change per row that does what all of them do in their order. */
export const merged = (changes: readonly RowChange[]): readonly RowChange[] => {
  const rows = new Map<string, RowChange>()
  for (const change of changes) {
    checkGroups(change)
    const row = rowOf(change)
    const before = rows.get(row)
    rows.set(
      row,
      before
        ? { ...before, set: { ...before.set, ...change.set }, once: { ...change.once, ...before.once } }
        : change,
    )
  }
  return [...rows.values()]
}

/** A group that left its own column null would be written by the next fact, too. */
const checkGroups = ({ table, once }: RowChange): void => {
  for (const [column, group] of Object.entries(once ?? {}))
    if ((group[column] ?? null) === null)
      throw new Error(`${table}: the group ${column} does not set ${column}`)
}

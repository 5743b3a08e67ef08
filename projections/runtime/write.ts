import { type ClientBase } from 'pg'
import { storableJson } from './json.ts'
import { merged } from './merge.ts'
import { type Columns, type RowChange } from './projection.ts'
import { inSchema, quoted } from './schema.ts'

interface Shape {
  readonly change: RowChange
  readonly rows: Columns[]
}

/** Writes changes of any number of rows with one statement for each table and set of columns. */
export const write = async (
  client: ClientBase,
  schema: string,
  changes: readonly RowChange[],
): Promise<void> => {
  const shapes = new Map<string, Shape>()
  for (const change of merged(changes)) {
    const values = rowValues(change)
    const shape = [change.table, change.set, change.once, values]
      .map((part) => (typeof part === 'string' ? part : Object.keys(part ?? {}).join()))
      .join(' ')
    const known = shapes.get(shape)
    if (known) known.rows.push(values)
    else shapes.set(shape, { change, rows: [values] })
  }
  for (const { change, rows } of shapes.values())
    await client.query(`${insertOf(schema, change)} ${conflictOf(change)}`, [storableJson(rows)])
}

/**
 * Writes rows that are not there yet and leaves the others alone; of two with one key in `changes` the
 * first. Returns the given columns of those it wrote. All must have the same columns.
 */
export const writeNew = async <Row extends object>(
  client: ClientBase,
  schema: string,
  changes: readonly RowChange[],
  returning: readonly string[],
): Promise<readonly Row[]> => {
  if (changes.length === 0) return []
  const { rows } = await client.query<Row>(
    `${insertOf(schema, changes[0]!)} on conflict (${names(changes[0]!.key)}) do nothing
     returning ${returning.map(quoted).join()}`,
    [storableJson(changes.map(rowValues))],
  )
  return rows
}

const rowValues = ({ key, set, once }: RowChange): Columns => {
  const row: Record<string, unknown> = { ...key, ...set }
  for (const group of Object.values(once ?? {})) Object.assign(row, group)
  for (const name in row) if (typeof row[name] === 'bigint') row[name] = row[name].toString()
  return row
}

const names = (columns: Columns): string => Object.keys(columns).map(quoted).join()

/** jsonb_populate_recordset knows the type of each column from the table itself. */
const insertOf = (schema: string, change: RowChange): string => {
  const table = inSchema(schema, change.table)
  const columns = names(rowValues(change))
  return `insert into ${table} as t (${columns})
    select ${columns} from jsonb_populate_recordset(null::${table}, $1::jsonb)`
}

const conflictOf = ({ key, set, once }: RowChange): string => {
  const updates = [
    ...Object.keys(set ?? {}).map((column) => `${quoted(column)} = excluded.${quoted(column)}`),
    ...Object.entries(once ?? {}).flatMap(([guard, group]) =>
      Object.keys(group).map(
        (column) =>
          `${quoted(column)} = case when t.${quoted(guard)} is null
            then excluded.${quoted(column)} else t.${quoted(column)} end`,
      ),
    ),
  ]
  const action = updates.length === 0 ? 'nothing' : `update set ${updates.join()}`
  return `on conflict (${names(key)}) do ${action}`
}

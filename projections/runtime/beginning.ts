import { type z } from 'zod'
import { RadDeployError } from '../../core/error/error.ts'
import { type Tables, rowsOf } from './rows.ts'

/** Where rows are found by an id, what people call one, and the advice to see them all. */
export interface Named {
  readonly view: string
  readonly column: string
  readonly what: string
  readonly see: string
}

/** The row of an id, or of the first letters of it. RD_NOT_FOUND where there is none, RD_USAGE where several begin so. */
export const byBeginning = async <S extends z.ZodType>(
  tables: Tables,
  row: S,
  { view, column, what, see }: Named,
  id: string,
  idOf: (found: z.output<S>) => string,
): Promise<z.output<S>> => {
  const found = await rowsOf(
    tables,
    row,
    (table) =>
      `select * from ${table(view)} where starts_with(${column}, $1) order by ${column} <> $1 limit 2`,
    [id],
  )
  const first = found[0]
  if (first === undefined)
    throw new RadDeployError('RD_NOT_FOUND', `there is no ${what} ${id}; ${see}`, { id })
  if (found.length > 1 && idOf(first) !== id)
    throw new RadDeployError('RD_USAGE', `several ${what}s begin with ${id}; give more of the id`, { id })
  return first
}

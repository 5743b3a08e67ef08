import { isRadDeployError, messageOf } from '../../core/error/error.ts'

/** A column of a table for people: its head, and the cell of a row. */
export type Column<Row> = readonly [head: string, cell: (row: Row) => string | number | null | undefined]

/** Prints data: JSON where asked for, otherwise as `text` puts it. */
export const print = (json: boolean | undefined, data: unknown, text: () => string): void => {
  process.stdout.write(
    `${json ? JSON.stringify(data, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value), 2) : text()}\n`,
  )
}

/** Rows in columns as wide as they need; a line that says so where there are none. */
export const table = <Row>(rows: readonly Row[], columns: readonly Column<Row>[], none: string): string => {
  if (rows.length === 0) return none
  const cells = [
    columns.map(([head]) => head),
    ...rows.map((row) => columns.map(([, cell]) => String(cell(row) ?? '-'))),
  ]
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]!.length)))
  return cells
    .map((line) =>
      line.map((cell, index) => (index === line.length - 1 ? cell : cell.padEnd(widths[index]!))).join('  '),
    )
    .join('\n')
}

/** The first letters of an id, enough for people to name it again. */
export const short = (id: string): string => id.slice(0, 8)

/** Local date and time to the second. */
export const when = (iso: string | null): string => (iso ? iso.replace('T', ' ').slice(0, 19) : '-')

/** Milliseconds as people say them. */
export const duration = (ms: number | null): string =>
  ms === null
    ? '-'
    : ms < 1000
      ? `${ms} ms`
      : ms < 120_000
        ? `${(ms / 1000).toFixed(1)} s`
        : `${Math.round(ms / 60_000)} min`

/** Bytes as people say them. */
export const bytes = (count: number): string =>
  count < 1024
    ? `${count} B`
    : count < 1024 ** 2
      ? `${(count / 1024).toFixed(0)} KiB`
      : `${(count / 1024 ** 2).toFixed(1)} MiB`

/** Says in one line what went wrong and ends with exit code 1. */
export const fail = (error: unknown, json: boolean): never => {
  const ours = isRadDeployError(error)
  const code = ours ? error.code : 'RD_UNEXPECTED'
  const message = messageOf(error)
  if (json)
    process.stdout.write(`${JSON.stringify({ error: { code, message, facts: ours ? error.facts : {} } })}\n`)
  else process.stderr.write(`raddeploy: ${code}: ${message}\n`)
  if (!ours && error instanceof Error && process.stderr.isTTY) process.stderr.write(`${error.stack ?? ''}\n`)
  process.exit(1)
}

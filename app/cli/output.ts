/** A column of a table for people: its head, and the cell of a row. */
export type Column<Row> = readonly [head: string, cell: (row: Row) => string | number | null | undefined]

/** Data as JSON; offsets are numbers in it. */
export const jsonOf = (data: unknown, indent?: number): string =>
  JSON.stringify(data, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value), indent)

/** Prints data: JSON where asked for, otherwise as `text` puts it. */
export const print = (json: boolean | undefined, data: unknown, text: () => string): void => {
  process.stdout.write(`${json ? jsonOf(data, 2) : text()}\n`)
}

/** A line no wider than the terminal, its end cut where it must be; whole where there is no terminal. */
export const fit = (line: string, width: number | undefined = process.stdout.columns): string =>
  width === undefined || line.length <= width ? line : `${line.slice(0, width - 1)}…`

/** Rows in columns as wide as they need, within the terminal; a line that says so where there are none. */
export const table = <Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  none: string,
  width: number | undefined = process.stdout.columns,
): string => {
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
    .map((line) => fit(line.trimEnd(), width))
    .join('\n')
}

/** The first letters of an id, enough for people to name it again. */
export const short = (id: string): string => id.slice(0, 8)

/** Date and time to the second in UTC, as the log has it: the same wherever it is read. */
export const when = (iso: string | null): string => (iso ? `${iso.replace('T', ' ').slice(0, 19)}Z` : '-')

/** The time alone, with the date only where it is not that of `now`. */
export const moment = (iso: string, now = Date.now()): string => {
  const at = when(iso)
  const [date, time] = at.split(' ') as [string, string]
  return date === new Date(now).toISOString().slice(0, 10) ? time : at
}

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
      : count < 1024 ** 3
        ? `${(count / 1024 ** 2).toFixed(1)} MiB`
        : `${(count / 1024 ** 3).toFixed(1)} GiB`

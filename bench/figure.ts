/** One figure of ours beside the same of a peer, from one run on one machine. */
export interface Figure {
  readonly name: string
  readonly ours: number
  readonly peer: number
  readonly peerName: string
  readonly unit: string
  /** Ours by the peer's. */
  readonly ratio: number
  /** What the ratio is to be, such as `>= 1.5`; with a unit, what ours is to be. */
  readonly goal: string
  readonly met: boolean
}

type Goal = { readonly atLeast: number } | { readonly atMost: number } | { readonly oursAtMost: number }

/** A figure with its ratio, and whether that is what it is to be. */
export const compared = (
  measured: Pick<Figure, 'name' | 'ours' | 'peer' | 'peerName' | 'unit'>,
  goal: Goal,
): Figure => {
  const ratio = measured.ours / measured.peer
  if ('oursAtMost' in goal) {
    const { oursAtMost: most } = goal
    return { ...measured, ratio, goal: `<= ${most} ${measured.unit}`, met: measured.ours <= most }
  }
  return 'atLeast' in goal
    ? { ...measured, ratio, goal: `>= ${goal.atLeast}`, met: ratio >= goal.atLeast }
    : { ...measured, ratio, goal: `<= ${goal.atMost}`, met: ratio <= goal.atMost }
}

/** The middle one; of two middle ones the lower. */
export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!

/** For people: a line for each figure. */
export const table = (figures: readonly Figure[]): string => {
  const short = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3))
  const rows = [
    ['what', 'ours', 'peer', 'unit', 'peer is', 'ratio', 'goal', ''],
    ...figures.map(({ name, ours, peer, unit, peerName, ratio, goal, met }) => [
      ...[name, short(ours), short(peer), unit, peerName, ratio.toFixed(2), goal, met ? 'met' : 'MISSED'],
    ]),
  ]
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)))
  return rows
    .map((row) => `${row.map((cell, at) => cell.padEnd(widths[at]!)).join('  ')}`.trimEnd())
    .join('\n')
}

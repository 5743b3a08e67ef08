/** A size: so many bytes, or a part of what a place holds in all. */
export type Mark = { readonly bytes: number } | { readonly part: number }
/** Below the first people are told; below the second nothing is taken. */
export interface Watermarks {
  readonly warnBelow: Mark
  readonly refuseBelow: Mark
}
/** What is free in a place: a folder of this host, or the bucket. */
export interface Reading {
  readonly place: string
  readonly freeBytes: number
  readonly totalBytes: number
}
/** Where a place stands; `full` means that nothing is taken. */
export type Level = 'enough' | 'low' | 'full'

/** What is to be said when a place changes its level, with the watermark that was crossed. */
export type Saying =
  | { readonly type: 'SpaceRanLow' | 'IntakePaused'; readonly watermarkBytes: number }
  | { readonly type: 'IntakeResumed' }

const bytesOf = (mark: Mark, totalBytes: number): number =>
  'bytes' in mark ? mark.bytes : Math.floor(mark.part * totalBytes)

/** Both in bytes of one place. A warning comes no later than the refusal, whatever was configured. */
const marksOf = (
  { warnBelow, refuseBelow }: Watermarks,
  { totalBytes }: Reading,
): { readonly warn: number; readonly refuse: number } => {
  const refuse = bytesOf(refuseBelow, totalBytes)
  return { refuse, warn: Math.max(refuse, bytesOf(warnBelow, totalBytes)) }
}

/** To get out of a level takes half the way between the watermarks more than to get in: else both follow in turns. */
const slackOf = ({ warn, refuse }: { readonly warn: number; readonly refuse: number }): number =>
  Math.max(Math.ceil((warn - refuse) / 2), Math.ceil(refuse / 10))

/**
 * Where a place stands after it was looked at, and what is to be said of it: that it ran low, once, until it is well
 * again; that intake is paused, and resumed.
 */
export const judge = (
  before: Level,
  reading: Reading,
  watermarks: Watermarks,
): { readonly level: Level; readonly sayings: readonly Saying[] } => {
  const marks = marksOf(watermarks, reading)
  const slack = slackOf(marks)
  const { freeBytes } = reading
  const isFull = freeBytes < marks.refuse + (before === 'full' ? slack : 0)
  const isLow = freeBytes < marks.warn + (before === 'enough' ? 0 : slack)
  const level = isFull ? 'full' : isLow ? 'low' : 'enough'
  if (level === before) return { level, sayings: [] }
  const ranLow: Saying = { type: 'SpaceRanLow', watermarkBytes: marks.warn }
  const paused: Saying = { type: 'IntakePaused', watermarkBytes: marks.refuse }
  return {
    level,
    sayings: [
      ...(before === 'enough' ? [ranLow] : []),
      ...(level === 'full' ? [paused] : []),
      ...(before === 'full' ? [{ type: 'IntakeResumed' } as const] : []),
    ],
  }
}

import { median } from '../figure.ts'

/** The moments of one study in their order, each with what had come about by then; in milliseconds since the epoch. */
export type Moments = readonly (readonly [what: string, at: number])[]

const percentile95 = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1]!

/** A line for each stage: how long it took since the one before, over all studies. */
export const stagesOf = (studies: readonly Moments[]): readonly string[] =>
  studies[0]!.slice(1).map(([what], index) => {
    const took = studies.map((moments) => moments[index + 1]![1] - moments[index]![1])
    return spread(what, took)
  })

/** Median and 95th percentile. */
export const spread = (what: string, took: readonly number[]): string =>
  `${what.padEnd(34)} ${median(took).toFixed(0).padStart(5)} ms, 95 %: ${percentile95(took).toFixed(0).padStart(5)} ms`

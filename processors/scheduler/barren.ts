import { edgesOf, levels, result } from '../../core/flow/graph.ts'
import { type MountRef } from '../../schemas/generated/shared.ts'
import { type Run } from './state.ts'

/**
 * The models that give nothing, each with the one that is the reason: those that failed for good (though they are
 * optional) or were skipped (their `when` is not met), and all that need, directly or not, what one of these would
 * have written. They never run, and nothing is said of them.
 */
const barren = (run: Run, why: 'failed' | 'skipped'): ReadonlyMap<number, number> => {
  const jobs = Object.values(run.jobs).filter(({ status }) => status === why)
  const found = new Map(jobs.map(({ model }) => [model, model]))
  if (found.size === 0) return found
  const edges = edgesOf(run.flow!)
  for (const model of levels(run.flow!).flat()) {
    const first = edges.find(({ from, to }) => to === model && found.has(from))
    if (first && !found.has(model)) found.set(model, found.get(first.from)!)
  }
  return found
}

/** The model that writes `dst`; -1 in a flow without models. */
const last = ({ flow }: Run): number =>
  flow!.models.findIndex(({ output_mounts }) => Object.hasOwn(output_mounts, result))

/** True when nothing of the run is left to do: each model has finished, or is barren. */
export const isDone = (run: Run): boolean => {
  const finished = Object.values(run.jobs).filter(({ status }) => status === 'finished')
  const none = new Set([...barren(run, 'failed').keys(), ...barren(run, 'skipped').keys()])
  return finished.length + none.size === run.flow!.models.length
}

/**
 * True when `dst` cannot be made because a model failed. That fails the run, though a skipped model alone may have
 * kept `dst` from being made: something went wrong that somebody has to look at.
 */
export const failsResult = (run: Run): boolean => barren(run, 'failed').has(last(run))

/**
 * The mount without files that stands for `dst` where the model that writes it was skipped, or needs what a skipped
 * one would have written; undefined where `dst` is made.
 */
export const emptyResult = (run: Run): MountRef | undefined => {
  const model = barren(run, 'skipped').get(last(run))
  const skipped = Object.values(run.jobs).find((job) => job.model === model)
  return skipped?.status === 'skipped' ? { ...skipped.output, name: result } : undefined
}

import { type Fact, type Recorded } from '../../core/event/event.ts'
import { deterministicId } from '../../core/event/id.ts'
import { gatheredByText } from '../../core/flow/bundle.ts'
import { durationText } from '../../core/flow/duration.ts'
import { type ObjectRef } from '../../schemas/generated/shared.ts'
import { type Gathered } from './state.ts'

type Part = Recorded<'InstancesGathered'>

/**
 * Id of the bundle that is being gathered: that of its first part, which the log settles, however many come.
 * (A number that counts the bundles of a gathering would begin anew once a closed stream is forgotten.)
 */
export const bundleIdOf = ({ parts: [first] }: Gathered): string | undefined =>
  first && deterministicId('bundle', first.stream, first.data.bundleId)

/** Id of exactly these parts. */
export const partsIdOf = ({ parts }: Gathered): string =>
  deterministicId('parts', ...parts.map(({ data }) => data.bundleId))

const unmetBy = (parts: readonly Part[], triggers: number): readonly number[] => {
  const met = new Set(parts.flatMap(({ data }) => data.triggersMet))
  return Array.from({ length: triggers }, (_, index) => index).filter((index) => !met.has(index))
}
const timeOf = ({ meta }: Part): number => Date.parse(meta.time)

/**
 * When the bundle is to be closed, in milliseconds since the epoch: `quiet` after the last part once every
 * trigger is met, and never later than `deadline` after the first.
 */
const dueAt = ({ parts }: Gathered): number | undefined => {
  const [first] = parts
  const last = parts.at(-1)
  if (!first || !last) return undefined
  const { deadlineMs, quietMs, triggers } = first.data
  const deadline = timeOf(first) + deadlineMs
  return unmetBy(parts, triggers).length > 0 ? deadline : Math.min(deadline, timeOf(last) + quietMs)
}

/** The moment that is waited for. */
export const wakeAt = (state: Gathered): number | undefined => {
  const due = dueAt(state)
  return due !== undefined && due > state.passed ? due : undefined
}

/** True when it is time to close the bundle. */
export const isDue = (state: Gathered): boolean => {
  const due = dueAt(state)
  return due !== undefined && due <= state.passed
}

/**
 * The bundle of all that waits. Whoever sent the last part is who called: results that are returned go there. Where a
 * trigger is not met the fingerprinter finds that no flow takes it, and says so.
 */
export const bundleClosed = (
  state: Gathered,
  manifest: ObjectRef,
  instances: number,
): Fact<'BundleClosed'> => {
  const { parts } = state
  const bundleId = bundleIdOf(state)
  const last = parts.at(-1)
  if (bundleId === undefined || !last) throw new Error('a gathering of nothing has no bundle')
  const { flowName, flowVersion, flowHash, definition, by, value, calling, calledAeTitle } = last.data
  return {
    type: 'BundleClosed',
    stream: last.stream,
    data: {
      bundleId,
      associationIds: [...new Set(parts.flatMap(({ data }) => data.associationIds))],
      complete: true,
      reason: reasonOf(parts, last),
      calling,
      calledAeTitle,
      instances,
      manifest,
      gathering: {
        by,
        value,
        bundleIds: parts.map(({ data }) => data.bundleId),
        ...{ flowName, flowVersion, flowHash, definition },
      },
      flows: null,
    },
  }
}

const reasonOf = (parts: readonly Part[], last: Part): string => {
  const { by, value, quietMs, deadlineMs, triggers } = last.data
  const what = `${gatheredByText(by)} ${value}`
  const within = `within ${durationText(deadlineMs)}`
  const unmet = unmetBy(parts, triggers)
  if (unmet.length > 0)
    return `${what}: no file met ${unmet.map((index) => `triggers[${index}]`).join(', ')} ${within}`
  const quiet = `quiet for ${durationText(quietMs)}`
  return timeOf(last) + quietMs <= timeOf(parts[0]!) + deadlineMs
    ? `${what} was ${quiet}`
    : `${what} was not ${quiet} ${within}`
}

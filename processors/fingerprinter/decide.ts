import { type Fact, type Recorded } from '../../core/event/event.ts'
import { type Considered } from './state.ts'

/** Each match that holds becomes a run of exactly the definition that was matched. */
export const decide = (
  state: Considered,
  event: Recorded<'BundleClosed' | 'TriggerMatched' | 'BundleUnmatched'>,
): readonly Fact<'RunCreated'>[] => {
  if (event.type !== 'TriggerMatched' || state.matched.get(event.data.flowName) !== event.meta.id) return []
  const { runId, bundleId, flowName, flowVersion, flowHash, definition, calling, calledAeTitle, input } =
    event.data
  const flow = { flowName, flowVersion, flowHash, definition }
  return [
    {
      type: 'RunCreated',
      stream: runId,
      data: { runId, bundleId, ...flow, calling, calledAeTitle, input, rerunOf: null },
    },
  ]
}

import { type Fact, type Recorded } from '../../core/event/event.ts'
import { type FingerprinterIn } from './evolve.ts'
import { type Considered } from './state.ts'

/**
 * Each match that holds becomes a run of exactly the definition that was matched. What a flow gathers goes to its
 * gatherings, which stand on other partitions: they hear of it only because of a fact that is on the log.
 */
export const decide = (
  state: Considered,
  event: Recorded<FingerprinterIn>,
): readonly Fact<'RunCreated' | 'InstancesGathered'>[] => {
  if (event.type !== 'TriggerMatched' && event.type !== 'BundleGathered') return []
  if (state.taken.get(event.data.flowName) !== event.meta.id) return []
  if (event.type === 'BundleGathered') {
    const { parts, leftOut: _, ...shared } = event.data
    return parts.map((part) => ({
      type: 'InstancesGathered',
      stream: part.gatheringId,
      data: { ...shared, ...part },
    }))
  }
  const { runId, bundleId, flowName, flowVersion, flowHash, definition, calling, calledAeTitle, input } =
    event.data
  const { lineage } = event.data
  const flow = { flowName, flowVersion, flowHash, definition }
  return [
    {
      type: 'RunCreated',
      stream: runId,
      data: { runId, bundleId, ...flow, calling, calledAeTitle, input, rerunOf: null, lineage },
    },
  ]
}

import { type Recorded } from '../../core/event/event.ts'
import { deterministicId } from '../../core/event/id.ts'
import { type GatheredBy, gatheredByText } from '../../core/flow/bundle.ts'
import { type Flow } from '../../core/flow/schema.ts'
import { key } from '../../infra/s3/key.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'
import { type GatheredPart } from '../../schemas/generated/shared.ts'
import { type Definition } from './considerable.ts'
import { group } from './group.ts'
import { type Read } from './headers.ts'
import { match } from './match.ts'
import { type Taking } from './taking.ts'

/**
 * The flow takes files of this bundle together with those of others. A definition that changes begins gatherings
 * of its own: what waits was picked by the triggers of the old one.
 */
export const gather = async (
  store: ObjectStore,
  { data: bundle, stream }: Recorded<'BundleClosed'>,
  { name: flowName, version: flowVersion, hash: flowHash, definition }: Definition,
  flow: Flow & { readonly bundle: { readonly by: GatheredBy } },
  files: readonly Read[],
): Promise<Taking<'BundleGathered'>> => {
  const { by, quiet, deadline } = flow.bundle
  const { groups, leftOut } = group(flow, by, files)
  if (groups.length === 0) return { not: whyNothing(flow, by, files, leftOut) }
  const { bundleId, associationIds, calling, calledAeTitle } = bundle
  const parts: GatheredPart[] = []
  for (const { value, instances, triggersMet } of groups) {
    const gatheringId = deterministicId('gathering', flowName, flowHash, by, value)
    const manifest = await store.putJson(key.gatheredPart(bundleId, gatheringId), { instances })
    parts.push({ gatheringId, value, triggersMet, instances: instances.length, manifest })
  }
  return {
    fact: {
      type: 'BundleGathered',
      stream,
      data: {
        ...{ bundleId, associationIds, flowName, flowVersion, flowHash, definition, by },
        triggers: flow.triggers.length,
        quietMs: Math.round(quiet * 1000),
        deadlineMs: Math.round(deadline * 1000),
        ...{ calling, calledAeTitle, parts, leftOut },
      },
    },
  }
}

const whyNothing = (
  flow: Flow,
  by: string,
  files: readonly Read[],
  leftOut: number,
): { readonly trigger: number; readonly reason: string } => {
  const common = gatheredByText(by)
  if (leftOut > 0)
    return { trigger: -1, reason: `${leftOut} of ${files.length} meet a trigger, but name no ${common}` }
  const candidates = files.map(({ instance, attributes }) => ({ id: instance.object.key, attributes }))
  return match(flow, candidates).unmatched ?? { trigger: -1, reason: 'there is nothing in it' }
}

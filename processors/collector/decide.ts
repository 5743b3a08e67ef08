import { type Fact } from '../../core/event/event.ts'
import { type ObjectRef } from '../../schemas/generated/shared.ts'
import { itemsOf, lengthOf } from './sequence.ts'
import { type Collected } from './state.ts'

/** True while a closed association with instances has no bundle yet. */
export const waitsForBundle = (state: Collected): boolean =>
  state.opened !== undefined && state.closed !== undefined && lengthOf(state.instances) > 0 && !state.bundled

/**
 * One association is one bundle. It is complete when its peer released it, every instance that was counted is
 * here, and none is missing by a fault of ours; an incomplete one runs only flows that want it so.
 */
export const bundleClosed = (state: Collected, manifest: ObjectRef): Fact<'BundleClosed'> => {
  const { opened, closed } = state
  if (!opened || !closed) throw new Error('an association that is open has no bundle')
  const { how, stored } = closed.data
  const instances = lengthOf(state.instances)
  const missing = missingByUs(state)
  const lacks = [
    ...(how === 'released' ? [] : [`association ${how}`]),
    ...(instances >= stored ? [] : [`${instances} of ${stored} instances are on the log`]),
    ...(missing === 0 ? [] : [`${counted(missing)} refused by us (out of resources)`]),
  ]
  const complete = lacks.length === 0
  return {
    type: 'BundleClosed',
    stream: closed.stream,
    data: {
      bundleId: closed.stream,
      associationIds: [closed.stream],
      complete,
      reason: complete ? `association ${how}` : lacks.join('; '),
      calling: opened.data.calling,
      calledAeTitle: opened.data.calledAeTitle,
      instances,
      manifest,
      gathering: null,
      flows: opened.data.flows,
    },
  }
}

const counted = (count: number): string => (count === 1 ? '1 instance was' : `${count} instances were`)

/**
 * Instances that we refused and that were not stored when the peer sent them again. A refusal that was counted
 * and is not on the log could not be put there: our failure, too.
 */
const missingByUs = ({ instances, refusals, refusedByUs, closed }: Collected): number => {
  const unsaid = Math.max(0, (closed?.data.refused ?? 0) - refusals)
  if (!refusedByUs) return unsaid
  const places = new Map(itemsOf(instances).map(({ sopInstanceUid }, place) => [sopInstanceUid, place]))
  const missing = itemsOf(refusedByUs).filter(
    ({ sopInstanceUid, stored }) => sopInstanceUid === null || (places.get(sopInstanceUid) ?? -1) < stored,
  )
  const named = new Set(missing.flatMap(({ sopInstanceUid }) => sopInstanceUid ?? []))
  const unnamed = missing.filter(({ sopInstanceUid }) => sopInstanceUid === null).length
  return named.size + unnamed + unsaid
}

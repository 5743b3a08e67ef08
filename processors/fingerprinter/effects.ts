import { type Fact, type Recorded } from '../../core/event/event.ts'
import { deterministicId } from '../../core/event/id.ts'
import { distinct, inputPaths } from '../../core/flow/inputPath.ts'
import { isNamedBy } from '../../core/flow/nameMatch.ts'
import { type Flow } from '../../core/flow/schema.ts'
import { attributeKeys } from '../../core/flow/trigger.ts'
import { key } from '../../infra/s3/key.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'
import { type BundleClosed } from '../../schemas/generated/bundles.ts'
import { type FlowConsidered, type MountRef } from '../../schemas/generated/shared.ts'
import { type Definition, flowsFor, usable } from './considerable.ts'
import { type Flows } from './flowsInForce.ts'
import { gather } from './gather.ts'
import { type Read, readHeaders } from './headers.ts'
import { match } from './match.ts'
import { type Notes, allOf, lineageAmong, notesIn, withoutOwn } from './ownResults.ts'
import { type Taking } from './taking.ts'

type Outcome = Fact<'TriggerMatched' | 'BundleGathered' | 'BundleUnmatched'>

/**
 * Reads the headers of a bundle and matches every flow in force that the called AE title may trigger; a bundle that
 * was gathered for one flow, only that one; one that is incomplete, only those that want it so. The facts hold only
 * together and stand on the stream of the bundle: either a TriggerMatched or a BundleGathered for each flow that takes
 * files, or one BundleUnmatched that says why none does.
 */
export const considerBundle =
  (store: ObjectStore) =>
  async (
    closed: Recorded<'BundleClosed'>,
    known: Flows,
    signal: AbortSignal,
  ): Promise<readonly Outcome[]> => {
    const { bundleId, complete, reason, gathering, manifest, flows: mayTrigger, calledAeTitle } = closed.data
    const [noFlow, noMatch] = complete
      ? ['no flow is defined', gathering ? `no flow matches: ${reason}` : 'no flow matches']
      : [`incomplete: ${reason}`, `incomplete: ${reason}`]
    const unmatched = (why: string, considered: readonly FlowConsidered[] = []): readonly Outcome[] => [
      { type: 'BundleUnmatched', stream: closed.stream, data: { bundleId, reason: why, considered } },
    ]
    const flows = flowsFor(gathering, known)
    if (flows.length === 0)
      return unmatched(gathering ? `flow ${gathering.flowName} was retired meanwhile` : noFlow)
    const considered: FlowConsidered[] = []
    const parsed = flows.flatMap((inForce) => {
      const { defined } = inForce
      const not = (why: string, trigger: number): readonly [] => {
        considered.push({ flowName: defined.name, flowHash: defined.hash, trigger, reason: why })
        return []
      }
      if (!isNamedBy(mayTrigger, defined.name)) return not(`AE title ${calledAeTitle} may not trigger it`, -1)
      const read = usable(inForce)
      if ('not' in read) return not(read.not, 0)
      if (!complete && read.flow.bundle?.incomplete !== 'run')
        return not('it takes no bundle that is incomplete', -1)
      return [{ defined, flow: read.flow }]
    })
    if (parsed.length === 0) return unmatched(noMatch, considered)
    const keys = attributeKeys(parsed.map(({ flow }) => flow))
    const files = await readHeaders(store, manifest, keys, signal)
    const notes = notesIn(store, signal)
    const taken: Outcome[] = []
    for (const { defined, flow } of parsed) {
      const { bundle } = flow
      const gathers = bundle !== undefined && bundle.by !== 'association' && !gathering
      // Of what was gathered for the flow its own results were left out when each part came.
      const { left, why } = gathering
        ? allOf(files)
        : await withoutOwn(notes, { name: defined.name, flow, gathers }, closed.data.calling, files)
      const taking =
        bundle && bundle.by !== 'association' && !gathering
          ? await gather(store, closed, defined, { ...flow, bundle }, left)
          : await take(store, notes, closed, defined, flow, left)
      if ('fact' in taking) taken.push(taking.fact)
      else considered.push({ flowName: defined.name, flowHash: defined.hash, ...why(taking.not) })
    }
    return taken.length > 0 ? taken : unmatched(noMatch, considered)
  }

/** Id of the run of a flow on a bundle; a match that is repeated leads to the same run. */
const runIdOf = (bundle: BundleClosed, flowName: string): string =>
  deterministicId('run', bundle.bundleId, flowName)

/** The flow takes files of this bundle and runs on them. */
const take = async (
  store: ObjectStore,
  notes: Notes,
  { data: bundle, stream }: Recorded<'BundleClosed'>,
  defined: Definition,
  flow: Flow,
  files: readonly Read[],
): Promise<Taking<'TriggerMatched'>> => {
  const result = match(
    flow,
    files.map(({ instance, attributes }) => ({ id: instance.object.key, attributes })),
  )
  if (result.unmatched) return { not: result.unmatched }
  const ids = new Set(result.matched)
  const taken = files.filter(({ instance }) => ids.has(instance.object.key))
  const [input, lineage] = await Promise.all([
    writeInput(store, bundle, defined, flow, taken),
    lineageAmong(notes, taken),
  ])
  const { bundleId, calling, calledAeTitle } = bundle
  const { name: flowName, version: flowVersion, hash: flowHash, definition } = defined
  const runId = runIdOf(bundle, flowName)
  const named = { bundleId, runId, flowName, flowVersion, flowHash, definition }
  return {
    fact: { type: 'TriggerMatched', stream, data: { ...named, calling, calledAeTitle, input, lineage } },
  }
}

const writeInput = async (
  store: ObjectStore,
  bundle: BundleClosed,
  { name, hash }: Definition,
  flow: Flow,
  taken: readonly Read[],
): Promise<MountRef> => {
  // What was sent twice in one association is a file once; other content under the same UID is a file of its own.
  const once = distinct(taken, ({ instance: { sopInstanceUid, datasetSha256 } }) => ({
    sopInstanceUid,
    content: datasetSha256 ?? undefined,
  }))
  const named = once.map(({ instance, attributes }) => ({
    sopInstanceUid: instance.sopInstanceUid,
    attributes,
  }))
  const paths = inputPaths(flow.tar_subdir, named)
  const files = once.map(({ instance }, index) => ({ path: paths[index]!, object: instance.object }))
  const manifest = await store.putJson(key.runInput(runIdOf(bundle, name), hash), { files })
  return {
    name: 'src',
    manifest,
    files: files.length,
    bytes: files.reduce((sum, { object }) => sum + object.size, 0),
  }
}

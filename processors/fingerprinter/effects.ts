import { type Fact, type Recorded } from '../../core/event/event.ts'
import { deterministicId } from '../../core/event/id.ts'
import { inputPaths } from '../../core/flow/inputPath.ts'
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
import { type Taking } from './taking.ts'

type Outcome = Fact<'TriggerMatched' | 'BundleGathered' | 'BundleUnmatched'>

/**
 * Reads the headers of a bundle and matches every flow in force; a bundle that was gathered for one flow, only
 * that one. The facts hold only together and stand on the stream of the bundle: either a TriggerMatched or a
 * BundleGathered for each flow that takes files, or one BundleUnmatched that says why none does.
 */
export const considerBundle =
  (store: ObjectStore) =>
  async (
    closed: Recorded<'BundleClosed'>,
    known: Flows,
    signal: AbortSignal,
  ): Promise<readonly Outcome[]> => {
    const { bundleId, complete, reason, gathering, manifest } = closed.data
    const unmatched = (why: string, considered: readonly FlowConsidered[] = []): readonly Outcome[] => [
      { type: 'BundleUnmatched', stream: closed.stream, data: { bundleId, reason: why, considered } },
    ]
    if (!complete) return unmatched(`incomplete: ${reason}`)
    const flows = flowsFor(gathering, known)
    if (flows.length === 0)
      return unmatched(gathering ? `flow ${gathering.flowName} was retired meanwhile` : 'no flow is defined')
    const considered: FlowConsidered[] = []
    const parsed = flows.flatMap((inForce) => {
      const { defined } = inForce
      const read = usable(inForce)
      if ('flow' in read) return [{ defined, flow: read.flow }]
      considered.push({ flowName: defined.name, flowHash: defined.hash, trigger: 0, reason: read.not })
      return []
    })
    const noMatch = gathering ? `no flow matches: ${reason}` : 'no flow matches'
    if (parsed.length === 0) return unmatched(noMatch, considered)
    const keys = attributeKeys(parsed.map(({ flow }) => flow))
    const files = await readHeaders(store, manifest, keys, signal)
    const taken: Outcome[] = []
    for (const { defined, flow } of parsed) {
      const taking =
        flow.bundle && !gathering
          ? await gather(store, closed, defined, { ...flow, bundle: flow.bundle }, files)
          : await take(store, closed, defined, flow, files)
      if ('fact' in taking) taken.push(taking.fact)
      else considered.push({ flowName: defined.name, flowHash: defined.hash, ...taking.not })
    }
    return taken.length > 0 ? taken : unmatched(noMatch, considered)
  }

/** Id of the run of a flow on a bundle; a match that is repeated leads to the same run. */
const runIdOf = (bundle: BundleClosed, flowName: string): string =>
  deterministicId('run', bundle.bundleId, flowName)

/** The flow takes files of this bundle and runs on them. */
const take = async (
  store: ObjectStore,
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
  const input = await writeInput(store, bundle, defined, flow, taken)
  const { bundleId, calling, calledAeTitle } = bundle
  const { name: flowName, version: flowVersion, hash: flowHash, definition } = defined
  const runId = runIdOf(bundle, flowName)
  const named = { bundleId, runId, flowName, flowVersion, flowHash, definition }
  return { fact: { type: 'TriggerMatched', stream, data: { ...named, calling, calledAeTitle, input } } }
}

const writeInput = async (
  store: ObjectStore,
  bundle: BundleClosed,
  { name, hash }: Definition,
  flow: Flow,
  taken: readonly Read[],
): Promise<MountRef> => {
  const named = taken.map(({ instance, attributes }) => ({
    sopInstanceUid: instance.sopInstanceUid,
    attributes,
  }))
  const paths = inputPaths(flow.tar_subdir, named)
  const files = taken.map(({ instance }, index) => ({ path: paths[index]!, object: instance.object }))
  const manifest = await store.putJson(key.runInput(runIdOf(bundle, name), hash), { files })
  return {
    name: 'src',
    manifest,
    files: files.length,
    bytes: files.reduce((sum, { object }) => sum + object.size, 0),
  }
}

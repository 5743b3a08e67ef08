import { buffer } from 'node:stream/consumers'
import { type Attributes, readHeader } from '../../core/dicom/attributes.ts'
import { messageOf } from '../../core/error/error.ts'
import { type Fact } from '../../core/event/event.ts'
import { deterministicId } from '../../core/event/id.ts'
import { inputPaths } from '../../core/flow/inputPath.ts'
import { type Flow, flowOf } from '../../core/flow/schema.ts'
import { attributeKeys } from '../../core/flow/trigger.ts'
import { type BundledInstance, bundleManifestSchema } from '../../core/manifest/manifest.ts'
import { key } from '../../infra/s3/key.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'
import { type BundleClosed } from '../../schemas/generated/bundles.ts'
import { type FlowDefined } from '../../schemas/generated/flows.ts'
import { type FlowConsidered, type MountRef } from '../../schemas/generated/shared.ts'
import { match } from './match.ts'
import { type FlowInForce, type Flows } from './flowsInForce.ts'

type Outcome = Fact<'TriggerMatched' | 'BundleUnmatched'>
interface Read {
  readonly instance: BundledInstance
  readonly attributes: Attributes
}

const headersAtOnce = 16

/**
 * Reads the headers of a bundle and matches every flow in force. The facts hold only together: either one
 * TriggerMatched for each flow that takes files, or one BundleUnmatched that says why none does.
 */
export const considerBundle =
  (store: ObjectStore) =>
  async (bundle: BundleClosed, known: Flows, signal: AbortSignal): Promise<readonly Outcome[]> => {
    const flows = [...known.values()].sort((a, b) => (a.defined.name < b.defined.name ? -1 : 1))
    if (!bundle.complete) return [unmatched(bundle, `incomplete: ${bundle.reason}`, [])]
    if (flows.length === 0) return [unmatched(bundle, 'no flow is defined', [])]
    const considered: FlowConsidered[] = []
    const parsed = flows.flatMap((inForce) => {
      const { defined } = inForce
      const read = usable(inForce)
      if ('flow' in read) return [{ defined, flow: read.flow }]
      considered.push({ flowName: defined.name, flowHash: defined.hash, trigger: 0, reason: read.not })
      return []
    })
    if (parsed.length === 0) return [unmatched(bundle, 'no flow matches', considered)]
    const files = await readHeaders(store, bundle, attributeKeys(parsed.map(({ flow }) => flow)), signal)
    const candidates = files.map(({ instance, attributes }) => ({ id: instance.object.key, attributes }))
    const matched: Outcome[] = []
    for (const { defined, flow } of parsed) {
      const result = match(flow, candidates)
      if (result.unmatched) {
        considered.push({ flowName: defined.name, flowHash: defined.hash, ...result.unmatched })
        continue
      }
      const taken = new Set(result.matched)
      const input = await writeInput(
        store,
        bundle,
        defined,
        flow,
        files.filter(({ instance }) => taken.has(instance.object.key)),
      )
      matched.push(triggerMatched(bundle, defined, input))
    }
    return matched.length > 0 ? matched : [unmatched(bundle, 'no flow matches', considered)]
  }

/**
 * A flow that is paused takes nothing, and one whose definition an older version took but this one cannot read:
 * the others do.
 */
const usable = ({ defined, paused }: FlowInForce): { flow: Flow } | { not: string } => {
  if (paused)
    return { not: `paused by ${paused.by} since ${paused.since}${paused.reason ? `: ${paused.reason}` : ''}` }
  try {
    return { flow: flowOf(defined.definition) }
  } catch (error) {
    return { not: `its definition cannot be read: ${messageOf(error).slice(0, 300)}` }
  }
}

/** Id of the run of a flow on a bundle; a match that is repeated leads to the same run. */
const runIdOf = (bundle: BundleClosed, flowName: string): string =>
  deterministicId('run', bundle.bundleId, flowName)

const triggerMatched = (bundle: BundleClosed, defined: FlowDefined, input: MountRef): Outcome => {
  const { bundleId, calling, calledAeTitle } = bundle
  const { name: flowName, version: flowVersion, hash: flowHash, definition } = defined
  const runId = runIdOf(bundle, flowName)
  const flow = { flowName, flowVersion, flowHash, definition }
  return {
    type: 'TriggerMatched',
    stream: bundleId,
    data: { bundleId, runId, ...flow, calling, calledAeTitle, input },
  }
}

const unmatched = (
  { bundleId }: BundleClosed,
  reason: string,
  considered: readonly FlowConsidered[],
): Outcome => ({
  type: 'BundleUnmatched',
  stream: bundleId,
  data: { bundleId, reason, considered },
})

const readHeaders = async (
  store: ObjectStore,
  bundle: BundleClosed,
  keys: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<readonly Read[]> => {
  const { instances } = bundleManifestSchema.parse(
    JSON.parse((await store.read(bundle.manifest)).toString('utf8')),
  )
  const files: Read[] = new Array<Read>(instances.length)
  const waiting = instances.entries()
  const reader = async (): Promise<void> => {
    for (const [index, instance] of waiting) {
      signal.throwIfAborted()
      const head = await buffer(
        await store.get(instance.object.key, { start: 0, end: instance.headerLength - 1 }),
      )
      files[index] = { instance, attributes: readHeader(head, keys).attributes }
    }
  }
  await Promise.all(Array.from({ length: headersAtOnce }, reader))
  return files
}

const writeInput = async (
  store: ObjectStore,
  bundle: BundleClosed,
  { name, hash }: FlowDefined,
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

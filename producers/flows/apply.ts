import { definitionOf } from '../../core/flow/hash.ts'
import { type FlowParts, type KnownFlow, after, flowsOnTheLog } from './known.ts'
import { type FlowFile } from './read.ts'

/** What applying a file came to. */
export interface Applied {
  readonly name: string
  readonly version: string
  readonly hash: string
  readonly change: 'defined' | 'changed' | 'unchanged'
}

/**
 * Publishes FlowDefined for a flow that is not in force with the same definition already.
 * @returns what came of it, and the flow as it is known now.
 */
export const applyFlow = async (
  { file, source, flow, hash }: FlowFile,
  inForce: KnownFlow | undefined,
  { emit, user }: Pick<FlowParts, 'emit' | 'user'>,
): Promise<{ readonly applied: Applied; readonly known: KnownFlow }> => {
  const { name, version } = flow
  if (inForce?.hash === hash && !inForce.retired)
    return { applied: { name, version, hash, change: 'unchanged' }, known: inForce }
  const data = { name, version, hash, definition: definitionOf(flow), source, file, appliedBy: user }
  // What it takes the place of is its cause: without that, going back to an earlier definition would have
  // the id of its first time, and count as a repetition.
  const defined = await emit({ type: 'FlowDefined', stream: name, data }, inForce?.last)
  const change = !inForce || inForce.retired ? 'defined' : 'changed'
  return { applied: { name, version, hash, change }, known: after(inForce, defined) }
}

/** Applies flows one after the other. */
export const applyFlows = async (
  files: readonly FlowFile[],
  parts: FlowParts,
): Promise<readonly Applied[]> => {
  const known = await flowsOnTheLog(parts)
  const all: Applied[] = []
  for (const file of files) all.push((await applyFlow(file, known.get(file.flow.name), parts)).applied)
  return all
}

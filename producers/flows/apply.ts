import { definitionOf } from '../../core/flow/hash.ts'
import { type FlowParts, flowsOnTheLog } from './known.ts'
import { type FlowFile } from './read.ts'

/** What applying a file came to. */
export interface Applied {
  readonly name: string
  readonly version: string
  readonly hash: string
  readonly change: 'defined' | 'changed' | 'unchanged'
}

/** Publishes FlowDefined for each flow that is not in force with the same definition already. */
export const applyFlows = async (
  files: readonly FlowFile[],
  parts: FlowParts,
): Promise<readonly Applied[]> => {
  const known = await flowsOnTheLog(parts)
  const applied: Applied[] = []
  for (const { file, source, flow, hash } of files) {
    const { name, version } = flow
    const inForce = known.get(name)
    const before = inForce?.retired ? undefined : inForce?.hash
    if (before !== hash) {
      const data = {
        name,
        version,
        hash,
        definition: definitionOf(flow),
        source,
        file,
        appliedBy: parts.user,
      }
      // What it takes the place of is its cause: without that, going back to an earlier definition would have
      // the id of its first time, and count as a repetition.
      await parts.emit({ type: 'FlowDefined', stream: name, data }, inForce?.last)
    }
    applied.push({
      name,
      version,
      hash,
      change: before === hash ? 'unchanged' : before === undefined ? 'defined' : 'changed',
    })
  }
  return applied
}

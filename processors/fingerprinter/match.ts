import { type Flow } from '../../core/flow/schema.ts'
import { type Candidate, triggerTakes, whyNot } from '../../core/flow/trigger.ts'

/** The files a flow takes of a bundle, or the first trigger that no file meets. */
export type Match =
  | { readonly matched: readonly string[]; readonly unmatched?: undefined }
  | {
      readonly matched?: undefined
      /** `trigger` counts from 0; `reason` says why in counts, without values of the files. */
      readonly unmatched: { readonly trigger: number; readonly reason: string }
    }

/**
 * RadDeploy's trigger semantics: every trigger must be met by at least one file; the flow takes all files
 * that meet one, each once, in the order given.
 */
export const match = (flow: Pick<Flow, 'triggers'>, files: readonly Candidate[]): Match => {
  const taken = new Set<string>()
  for (const [index, trigger] of flow.triggers.entries()) {
    const took = triggerTakes(trigger, files)
    if (took.ids.length === 0) return { unmatched: { trigger: index, reason: whyNot(took, files.length) } }
    for (const id of took.ids) taken.add(id)
  }
  return { matched: [...new Set(files.map(({ id }) => id))].filter((id) => taken.has(id)) }
}

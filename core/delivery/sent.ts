import { z } from 'zod'
import { type Peer } from '../../schemas/generated/shared.ts'

const uids = z.array(z.string())

/**
 * What is noted of the instances of one series before they are sent: the flow that sends them with the flows before
 * that, which go out under the UID they came in under and who sent those, and which were made.
 */
export const sentSchema = z.object({
  lineage: z.array(z.string()),
  sender: z.object({ aeTitle: z.string(), host: z.string() }).nullable(),
  passed: uids,
  made: uids,
})
export type Sent = z.infer<typeof sentSchema>

/** What notes say of one instance. */
export interface Note {
  readonly lineage: readonly string[]
  /** Who sent it to us, where it went out as it came in. */
  readonly sender: Peer | null
}

/** The notes by SOP instance UID. */
export const byInstance = (sent: readonly Sent[]): ReadonlyMap<string, readonly Note[]> => {
  const notes = new Map<string, Note[]>()
  for (const { lineage, sender, passed, made } of sent) {
    for (const uid of passed) notes.set(uid, [...(notes.get(uid) ?? []), { lineage, sender }])
    for (const uid of made) notes.set(uid, [...(notes.get(uid) ?? []), { lineage, sender: null }])
  }
  return notes
}

/**
 * True when an instance comes back to a flow that it is a result of. Whoever sent it to that very flow in the first
 * place may send it again: that is no loop.
 */
export const comesBack = (notes: readonly Note[], flowName: string, from: Peer): boolean =>
  notes.some(({ lineage }) => lineage.includes(flowName)) &&
  !notes.some(
    ({ lineage, sender }) =>
      lineage[0] === flowName && sender?.aeTitle === from.aeTitle && sender.host === from.host,
  )

/** The flows that instances are results of, and the flows before those; sorted, each once. */
export const lineageOf = (notes: readonly Note[]): readonly string[] =>
  [...new Set(notes.flatMap(({ lineage }) => lineage))].sort()

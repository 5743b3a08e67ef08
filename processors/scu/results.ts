import { z } from 'zod'
import { type InstanceResult } from '../../core/delivery/result.ts'

/** The object that an attempt leaves in S3: what is known of each instance, in the order it was sent. */
export const resultsSchema = z.array(
  z.object({
    id: z.string(),
    sopInstanceUid: z.string(),
    outcome: z.enum(['success', 'warning', 'failure', 'notAttempted']),
    status: z.number().nullable(),
    comment: z.string().nullable(),
    transferSyntaxUid: z.string().exactOptional(),
    sopClassUid: z.string().exactOptional(),
    committed: z.boolean().exactOptional(),
  }),
)

/** True for a code that says of an attempt that no other can send what it left. */
export const isLasting = (code: string | null): boolean =>
  code === 'RD_DICOM_UNREADABLE' || code === 'RD_DEIDENTIFICATION_REFUSED'

const isAcknowledged = ({ outcome }: InstanceResult): boolean =>
  outcome === 'success' || outcome === 'warning'

/** The results that no further attempt can change: the destination has the instance. */
export const acknowledgedIn = (results: readonly InstanceResult[]): readonly InstanceResult[] =>
  results.filter(isAcknowledged)

/**
 * Results as they count at a destination that is to commit itself, or is not. An acknowledgement from somewhere else
 * that was to be committed, and never was, is none: nobody has answered for the instance. Nor is one from somewhere
 * else at a destination that is to commit itself: it cannot do so to what it never got.
 */
export const countedFor = (
  isToCommit: boolean,
  results: readonly InstanceResult[],
): readonly InstanceResult[] =>
  results.map((result) => {
    const wasToCommit = result.sopClassUid !== undefined
    const holds = isToCommit ? wasToCommit : !wasToCommit || (result.committed ?? false)
    return holds || !isAcknowledged(result) ? result : { ...result, outcome: 'notAttempted' }
  })

/**
 * The files that are still to be sent, in the order to send them. Where the last attempt broke off at an
 * instance, that one comes late, and those that were refused come last: one instance that no peer survives
 * must not keep the others from arriving.
 */
export const remaining = <File extends { readonly path: string }>(
  files: readonly File[],
  before: readonly InstanceResult[],
): readonly File[] => {
  const known = new Map(before.map((result, place) => [result.id, { ...result, place }]))
  const brokeAt = before.find(({ outcome }) => outcome === 'notAttempted')?.id
  const acknowledged = new Set(acknowledgedIn(before).map(({ id }) => id))
  const rank = ({ path }: File): number =>
    known.get(path)?.outcome === 'failure' ? 2 : path === brokeAt ? 1 : 0
  const place = ({ path }: File): number => known.get(path)?.place ?? -1
  return files
    .filter(({ path }) => !acknowledged.has(path))
    .sort((a, b) => rank(a) - rank(b) || place(a) - place(b))
}

/** How many there are of each outcome, as DeliveryAttempted counts them. */
export const countsOf = (results: readonly InstanceResult[]) => {
  const count = (wanted: InstanceResult['outcome']): number =>
    results.filter(({ outcome }) => outcome === wanted).length
  return {
    succeeded: count('success'),
    warned: count('warning'),
    failed: count('failure'),
    notAttempted: count('notAttempted'),
  }
}

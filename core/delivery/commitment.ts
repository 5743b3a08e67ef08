import { z } from 'zod'
import { type Report } from '../dicom/commitment.ts'
import { type InstanceResult } from './result.ts'

/** What a destination reported, as it is read from the object that holds it. */
export const reportSchema = z.object({
  committed: z.array(z.string()).transform((uids) => new Set(uids)),
  failed: z.array(z.tuple([z.string(), z.number()])).transform((reasons) => new Map(reasons)),
})

/** And as it is written there. */
export const written = ({ committed, failed }: Report): z.input<typeof reportSchema> => ({
  committed: [...committed],
  failed: [...failed],
})

/**
 * Results after a report. What the destination says that it does not have failed, whatever it answered before, and is
 * to be sent again, unless it has committed itself to it meanwhile.
 */
export const heard = (
  results: readonly InstanceResult[],
  { committed, failed }: Omit<Report, 'transactionUid'>,
): readonly InstanceResult[] =>
  results.map((result) => {
    const reason = failed.get(result.sopInstanceUid)
    if (reason !== undefined && !result.committed)
      return {
        ...result,
        outcome: 'failure',
        status: reason,
        comment: 'the destination does not commit itself to it',
      }
    return committed.has(result.sopInstanceUid) ? { ...result, committed: true } : result
  })

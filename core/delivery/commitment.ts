import { z } from 'zod'
import { type Report } from '../dicom/commitment.ts'
import { type InstanceResult } from './result.ts'

/** The object that holds what a destination reported. */
export const reportSchema = z.object({
  committed: z.array(z.string()),
  failed: z.array(z.tuple([z.string(), z.number()])),
})
export type WrittenReport = z.output<typeof reportSchema>

/** A report as it is kept. */
export const written = ({ committed, failed }: Report): WrittenReport => ({
  committed: [...committed],
  failed: [...failed],
})

/** And as it is read again. */
export const readReport = ({ committed, failed }: WrittenReport): Omit<Report, 'transactionUid'> => ({
  committed: new Set(committed),
  failed: new Map(failed),
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

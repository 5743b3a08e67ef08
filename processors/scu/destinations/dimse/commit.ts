import { type InstanceResult } from '../../../../core/delivery/result.ts'
import { type Report } from '../../../../core/dicom/commitment.ts'
import { requestCommitment } from '../../../../infra/dimse/sender/commit.ts'
import { type Settle } from '../destination.ts'
import { peerOf } from './peer.ts'

/**
 * Asks for storage commitment of all that is acknowledged and not committed yet. What the destination says that it
 * does not have failed, whatever it answered before, and is sent again; what it says nothing of is asked for again.
 */
export const commitByDimse: Settle = async (destination, shipment, results) => {
  const { options, peer } = peerOf(destination, shipment)
  const waiting = results.flatMap(({ committed, sopClassUid, sopInstanceUid }) =>
    committed || sopClassUid === undefined ? [] : [{ sopClassUid, sopInstanceUid }],
  )
  if (!options.commitment || waiting.length === 0) return results
  let settled = results
  const onReport = (report: Report): void => {
    settled = settled.map((result) => heard(result, report))
  }
  try {
    await requestCommitment(peer, waiting, options.commitment.timeout * 1000, onReport)
  } catch (error) {
    shipment.onTrouble(error)
  }
  return settled
}

const heard = (result: InstanceResult, { committed, failed }: Report): InstanceResult => {
  const reason = failed.get(result.sopInstanceUid)
  if (reason !== undefined && !result.committed)
    return {
      ...result,
      outcome: 'failure',
      status: reason,
      comment: 'the destination does not commit itself to it',
    }
  return committed.has(result.sopInstanceUid) ? { ...result, committed: true } : result
}

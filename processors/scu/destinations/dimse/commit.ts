import { randomInt } from 'node:crypto'
import { heard } from '../../../../core/delivery/commitment.ts'
import { nameOf } from '../../../../core/delivery/destination.ts'
import { placeOf, transactionUid } from '../../../../core/delivery/transaction.ts'
import { type Report } from '../../../../core/dicom/commitment.ts'
import { requestCommitment } from '../../../../infra/dimse/sender/commit.ts'
import { type Settle } from '../destination.ts'
import { peerOf } from './peer.ts'

/** A destination that reports at once does so on the association that asked; others by one of their own. */
const longestWaitMs = 5_000

/**
 * Asks for storage commitment of all that is acknowledged and not committed yet. What the destination says that it
 * does not have failed, whatever it answered before, and is sent again. Where it does not say so at once, its report
 * may come to our SCP; what it says nothing of for long is asked for again.
 */
export const commitByDimse: Settle = async (destination, shipment, results) => {
  const { options, peer } = peerOf(destination, shipment)
  const waiting = results.flatMap(({ committed, sopClassUid, sopInstanceUid }) =>
    committed || sopClassUid === undefined ? [] : [{ sopClassUid, sopInstanceUid }],
  )
  if (!options.commitment || waiting.length === 0) return results
  let settled = results
  const onReport = (report: Report): void => {
    settled = heard(settled, report)
  }
  try {
    const waitMs = Math.min(options.commitment.timeout * 1000, longestWaitMs)
    const transaction = { ...shipment, place: placeOf(nameOf(destination)) }
    const uidOf = (): string => transactionUid(transaction, randomInt(10_000))
    await requestCommitment(peer, waiting, { waitMs, uidOf }, onReport)
  } catch (error) {
    shipment.onTrouble(error)
  }
  return settled
}

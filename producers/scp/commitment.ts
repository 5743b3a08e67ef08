import { randomUUID } from 'node:crypto'
import { written } from '../../core/delivery/commitment.ts'
import { transactionOf } from '../../core/delivery/transaction.ts'
import { type Report, decodeReport } from '../../core/dicom/commitment.ts'
import { status } from '../../core/dicom/status.ts'
import { messageOf } from '../../core/error/error.ts'
import { type Recorded } from '../../core/event/event.ts'
import { type ReportRequest, type StoreAnswer } from '../../infra/dimse/handler.ts'
import { key } from '../../infra/s3/key.ts'
import { type IntakeParts } from '../intake/store.ts'

/**
 * Takes what a destination reports of its commitment (PS3.4, J.3.3): it is on the log before the answer is Success.
 * What names no transaction of ours, or cannot be kept, is answered with a failure, so that it is reported again.
 */
export const takeReport = async (
  { store, emit, logger }: Pick<IntakeParts, 'store' | 'emit' | 'logger'>,
  opened: Recorded<'AssociationOpened'>,
  { dataset, transferSyntaxUid }: ReportRequest,
): Promise<StoreAnswer> => {
  const { associationId, calling } = opened.data
  try {
    const report = decodeReport(dataset, transferSyntaxUid)
    const { transactionUid = '' } = report
    const transaction = transactionOf(transactionUid)
    if (!transaction) throw new Error('it names no transaction of ours')
    const { deliveryId, attempt } = transaction
    const kept = await store.putJson(key.commitmentReport(deliveryId, attempt, randomUUID()), written(report))
    const data = {
      deliveryId,
      attempt,
      transactionUid,
      ...countsOf(report),
      report: kept,
      associationId,
      calling,
    }
    await emit({ type: 'CommitmentReported', stream: deliveryId, data }, opened.meta)
    return { status: status.success }
  } catch (error) {
    logger.warn({ error: messageOf(error), associationId }, 'a report of commitment was not taken')
    return { status: status.processingFailure }
  }
}

const countsOf = ({ committed, failed }: Report) => ({ committed: committed.size, failed: failed.size })

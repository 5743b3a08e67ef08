import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { commandField, noDataSet } from '../../../core/dicom/commandSet.ts'
import {
  type Referenced,
  type Report,
  commitment,
  decodeReport,
  encodeRequest,
} from '../../../core/dicom/commitment.ts'
import { writable } from '../../../core/dicom/convert/syntaxes.ts'
import { classify, statusText } from '../../../core/dicom/status.ts'
import { RadDeployError } from '../../../core/error/error.ts'
import { type Peer, Requestor } from './requestor.ts'

const contextId = 1
const withDataSet = 0x0000
/** What one transaction names at most. */
const most = 1000

/** A UID that nobody else has (PS3.5, B.2). */
const newUid = (): string => `2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`).toString()}`

/**
 * Asks a peer to commit itself to keep instances (PS3.4, annex J), and waits on the same association for its report,
 * `waitMs` milliseconds at most. A report that it would bring by an association of its own does not reach us. Throws
 * RD_DICOM_UNREACHABLE, RD_DICOM_REJECTED or RD_DICOM_PROTOCOL; `onReport` has heard of what was reported before.
 */
export const requestCommitment = async (
  peer: Peer,
  instances: readonly Referenced[],
  waitMs: number,
  onReport: (report: Report) => void,
): Promise<void> => {
  const proposal = {
    id: contextId,
    abstractSyntaxUid: commitment.sopClassUid,
    transferSyntaxUids: writable,
  }
  const requestor = await Requestor.open(peer, [proposal])
  try {
    const syntax = requestor.acceptance.contexts.get(contextId)
    if (syntax === undefined || !writable.includes(syntax))
      throw refused('the peer does not take storage commitment')
    for (let from = 0; from < instances.length; from += most)
      onReport(await transact(requestor, syntax, instances.slice(from, from + most), waitMs))
    await requestor.release()
  } catch (error) {
    await requestor.abort()
    throw error
  }
}

const transact = async (
  requestor: Requestor,
  syntax: string,
  instances: readonly Referenced[],
  waitMs: number,
): Promise<Report> => {
  const transactionUid = newUid()
  const dataset = encodeRequest(transactionUid, instances, syntax)
  const { Status: status } = await requestor.request(
    contextId,
    {
      CommandField: commandField.nActionRequest,
      MessageID: 1,
      CommandDataSetType: withDataSet,
      RequestedSOPClassUID: commitment.sopClassUid,
      RequestedSOPInstanceUID: commitment.sopInstanceUid,
      ActionTypeID: commitment.requestAction,
    },
    { content: Readable.from([dataset], { objectMode: false }), size: dataset.length },
  )
  if (classify(status) === 'failure')
    throw refused(`the peer answered the request for storage commitment with ${statusText(status)}`)
  for (;;) {
    const report = await reportFrom(requestor, syntax, waitMs)
    // Of an older transaction, maybe.
    if (report.transactionUid === transactionUid) return report
  }
}

const reportFrom = async (requestor: Requestor, syntax: string, waitMs: number): Promise<Report> => {
  const { command, dataset, contextId: context } = await requestor.receive(waitMs)
  if (command.CommandField !== commandField.nEventReportRequest || command.MessageID === undefined)
    throw new RadDeployError('RD_DICOM_PROTOCOL', 'the peer sent something else than its report', {})
  await requestor.respond(context, {
    AffectedSOPClassUID: commitment.sopClassUid,
    AffectedSOPInstanceUID: commitment.sopInstanceUid,
    CommandField: commandField.nEventReportResponse,
    MessageIDBeingRespondedTo: command.MessageID,
    ...(command.EventTypeID === undefined ? {} : { EventTypeID: command.EventTypeID }),
    CommandDataSetType: noDataSet,
    Status: 0,
  })
  return decodeReport(dataset, syntax)
}

const refused = (why: string): RadDeployError => new RadDeployError('RD_DICOM_REJECTED', why, {})

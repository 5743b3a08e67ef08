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
import { type Message, type Peer, Requestor } from './requestor.ts'

const contextId = 1
const withDataSet = 0x0000
/** What one transaction names at most. */
const most = 1000

/** How a peer is asked. */
export interface Asking {
  /** How long its report is waited for on the same association, in milliseconds. */
  readonly waitMs: number
  /** A Transaction UID that was never used. */
  readonly uidOf: () => string
}

/**
 * Asks a peer to commit itself to keep instances (PS3.4, annex J), and waits a while on the same association for its
 * report; one that it brings later, by an association of its own, does not come here. Throws RD_DICOM_UNREACHABLE,
 * RD_DICOM_REJECTED or RD_DICOM_PROTOCOL; `onReport` has heard of what was reported before.
 */
export const requestCommitment = async (
  peer: Peer,
  instances: readonly Referenced[],
  { waitMs, uidOf }: Asking,
  onReport: (report: Report) => void,
): Promise<void> => {
  let left = waitMs
  for (let from = 0; from < instances.length; from += most) {
    const report = await transact(peer, instances.slice(from, from + most), left, uidOf())
    if (report) onReport(report)
    // it has another way
    else left = 0
  }
}

/** One transaction on an association of its own; its report, where that comes within `waitMs`. */
const transact = async (
  peer: Peer,
  instances: readonly Referenced[],
  waitMs: number,
  transactionUid: string,
): Promise<Report | undefined> => {
  const abstractSyntaxUid = commitment.sopClassUid
  const requestor = await Requestor.open(peer, [
    { id: contextId, abstractSyntaxUid, transferSyntaxUids: writable },
  ])
  try {
    const syntax = requestor.acceptance.contexts.get(contextId)
    if (syntax === undefined || !writable.includes(syntax))
      throw refused('the peer does not take storage commitment')
    await ask(requestor, encodeRequest(transactionUid, instances, syntax))
    for (;;) {
      const message = await requestor.receiveOrRelease(waitMs)
      if (!message) return undefined
      const report = await take(requestor, message, syntax)
      // Of an older transaction, maybe.
      if (report.transactionUid !== transactionUid) continue
      await requestor.release()
      return report
    }
  } catch (error) {
    await requestor.abort()
    throw error
  }
}

const ask = async (requestor: Requestor, dataset: Buffer): Promise<void> => {
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
}

const take = async (
  requestor: Requestor,
  { command, dataset, contextId: context }: Message,
  syntax: string,
): Promise<Report> => {
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

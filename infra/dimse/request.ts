import { type Logger } from 'pino'
import { type CommandSet, commandField, noDataSet } from '../../core/dicom/commandSet.ts'
import { status } from '../../core/dicom/status.ts'
import { guarded } from './guard.ts'
import { type ReceiverHandler, type Sink, type StoreAnswer } from './handler.ts'

/** A request whose data set is about to come: where that goes, and what the answer is then. */
export interface Request {
  readonly sink: Sink
  respond(answer: StoreAnswer): CommandSet
}

/** Of a report: a few thousand references. */
const longestReport = 16 * 1024 * 1024

/** What a command asks of us; undefined where that is not served here. */
export const requestOf = (
  command: CommandSet,
  transferSyntaxUid: string,
  handler: ReceiverHandler,
  logger: Logger,
): Request | undefined => {
  const { CommandField: field, MessageID: messageId = 0, CommandDataSetType: type } = command
  const { AffectedSOPClassUID: sopClassUid = '', AffectedSOPInstanceUID: sopInstanceUid = '' } = command
  if (type === noDataSet) return undefined
  const answered = (given: StoreAnswer, more: CommandSet): CommandSet => ({
    AffectedSOPClassUID: sopClassUid,
    MessageIDBeingRespondedTo: messageId,
    CommandDataSetType: noDataSet,
    Status: given.status,
    ...(given.comment ? { ErrorComment: asComment(given.comment) } : {}),
    AffectedSOPInstanceUID: sopInstanceUid,
    ...more,
  })
  if (field === commandField.cStoreRequest)
    return {
      sink: guarded(() => handler.store({ sopClassUid, sopInstanceUid, transferSyntaxUid }), logger),
      respond: (given) => answered(given, { CommandField: commandField.cStoreResponse }),
    }
  const { reported } = handler
  if (field !== commandField.nEventReportRequest || !reported) return undefined
  const { EventTypeID } = command
  return {
    sink: guarded(() => collecting((dataset) => reported({ transferSyntaxUid, dataset })), logger),
    respond: (given) =>
      answered(given, {
        CommandField: commandField.nEventReportResponse,
        ...(EventTypeID === undefined ? {} : { EventTypeID }),
      }),
  }
}

/** Holds a data set that is small, and hands it on when it is whole. */
const collecting = (take: (dataset: Buffer) => Promise<StoreAnswer>): Sink => {
  let chunks: Buffer[] = []
  let length = 0
  return {
    write: (bytes) => {
      length += bytes.length
      if (length <= longestReport) chunks.push(bytes)
      else chunks = []
      return Promise.resolve()
    },
    end: () =>
      length <= longestReport
        ? take(Buffer.concat(chunks))
        : Promise.resolve({ status: status.processingFailure, comment: 'the report is too long' }),
    abort: () => Promise.resolve(),
  }
}

/** Error Comment is LO: 64 characters of the default repertoire at most (PS3.7, annex C.4). */
const asComment = (comment: string): string => comment.replace(/[^ -[\]-~]/g, '?').slice(0, 64)

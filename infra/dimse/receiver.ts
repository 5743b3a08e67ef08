import { type Socket } from 'node:net'
import { type Logger } from 'pino'
import { commandField, decodeCommandSet, encodeCommandSet, noDataSet } from '../../core/dicom/commandSet.ts'
import { RadDeployError, messageOf } from '../../core/error/error.ts'
import { within } from '../deadline/within.ts'
import { drained } from '../stream/drained.ts'
import { type Acceptor, acceptorOn } from './acceptor.ts'
import { checkAssociateRequest } from './associateRequest.ts'
import { dataPdu } from './dataPdu.ts'
import { type AssociationEnd, type ReceiverHandler, type Rejection, rejections } from './handler.ts'
import { Patience } from './patience.ts'
import { PduReader, type Piece, type WholePdu, pduType } from './pduReader.ts'
import { type Request, requestOf } from './request.ts'
import { type Association } from './types.ts'
import { watchdog } from './watchdog.ts'

/** Limits of one connection; times in milliseconds. */
export interface ReceiverLimits {
  /** Receive limit that we announce, in bytes (PS3.8, annex D.1). */
  readonly maxPduLength: number
  /** From connect to A-ASSOCIATE-RQ, and from our last word to the peer's close (ARTIM, PS3.8, 9.1.5). */
  readonly artimMs: number
  /** What is left of the former, where the connection was taken before. */
  readonly requestMs?: number
  /** Without any byte from a peer that is to move, or to take our answers; see Patience for trickles. */
  readonly idleMs: number
}

const applicationContext = '1.2.840.10008.3.1.1.1'
const longestData = 64 * 1024 * 1024
const longestOther = 256 * 1024
const longestCommand = 64 * 1024
/** Reasons of an A-ABORT (PS3.8, 9.3.8). */
const reasonNotSpecified = 0
const reasonUnexpectedPdu = 2
const reasonInvalidParameter = 6

interface Incoming extends Request {
  readonly contextId: number
}

/**
 * Serves one connection as an association acceptor: the state machine of PS3.8, 9.2 for sta1 to sta13 as far
 * as an acceptor walks it. Bytes are taken from the socket only as fast as the sink takes them. Whatever the
 * peer sends or a handler throws, the promise resolves, the sink is ended or aborted, the socket is destroyed.
 */
export const serve = async (
  socket: Socket,
  handler: ReceiverHandler,
  limits: ReceiverLimits,
  logger: Logger,
): Promise<void> => {
  socket.setNoDelay(true)
  socket.on('error', () => undefined)
  const connection = new Connection(socket, handler, limits, logger)
  const closed = new Promise<'lost'>((resolve) => socket.once('close', () => resolve('lost')))
  await connection.run(closed)
}

class Connection {
  readonly #socket: Socket
  readonly #handler: ReceiverHandler
  #limits: ReceiverLimits
  #patience: Patience
  readonly #logger: Logger
  readonly #acceptor: Acceptor
  readonly #reader: PduReader
  #association: Association | undefined
  #command: Buffer[] = []
  #commandLength = 0
  #incoming: Incoming | undefined

  constructor(socket: Socket, handler: ReceiverHandler, limits: ReceiverLimits, logger: Logger) {
    this.#socket = socket
    this.#handler = handler
    this.#limits = limits
    this.#patience = new Patience(limits.idleMs)
    this.#logger = logger
    this.#acceptor = acceptorOn(socket)
    this.#reader = new PduReader({ data: longestData, other: longestOther })
  }

  async run(closed: Promise<'lost'>): Promise<void> {
    let end: AssociationEnd = { how: 'lost', reason: 'the connection was closed' }
    const timer = watchdog(this.#socket, this.#limits.requestMs ?? this.#limits.artimMs)
    let waitsSince = performance.now()
    try {
      for await (const chunk of this.#socket.iterator({ destroyOnReturn: false })) {
        timer.stop()
        this.#patience.came((chunk as Buffer).length, performance.now() - waitsSince)
        const ended = await this.#take(chunk as Buffer)
        if (ended) {
          end = ended
          break
        }
        if (this.#isBetweenMessages) this.#patience.rest()
        timer.start(this.#association ? this.#patience.left : timer.left())
        waitsSince = performance.now()
      }
      if (timer.fired) end = { how: 'lost', reason: tooSlow }
    } catch (error) {
      end = timer.fired
        ? { how: 'lost', reason: tooSlow }
        : isProtocol(error)
          ? { how: 'aborted', reason: `by us: ${error.message}` }
          : { how: 'lost', reason: messageOf(error) }
      this.#abort(isProtocol(error) ? reasonInvalidParameter : reasonNotSpecified)
      this.#logger.warn({ error: messageOf(error) }, 'an association was broken off')
    } finally {
      timer.stop()
      await this.#incoming?.sink.abort(end.reason ?? end.how).catch(() => undefined)
      const isTold = !this.#association || (await this.#tellClosed(end))
      // Only now: who is told that an association was released may take its end for known.
      if (end.how === 'released' && !this.#socket.destroyed)
        if (isTold) this.#acceptor.sendAssociationReleaseResponse()
        else this.#abort(reasonNotSpecified)
      await this.#hangUp(closed)
    }
  }

  /** Whether the end is known. */
  async #tellClosed(end: AssociationEnd): Promise<boolean> {
    try {
      await this.#handler.closed(end)
      return true
    } catch (error) {
      this.#logger.error({ error: messageOf(error) }, 'the end of an association could not be said')
      return false
    }
  }

  /** Our last word is out: give the peer the ARTIM time to close, then close ourselves. */
  async #hangUp(closed: Promise<'lost'>): Promise<void> {
    if (!this.#socket.destroyed) {
      this.#socket.end()
      const timeout = setTimeout(() => this.#socket.destroy(), this.#limits.artimMs)
      this.#socket.resume()
      await closed
      clearTimeout(timeout)
    }
  }

  async #take(chunk: Buffer): Promise<AssociationEnd | undefined> {
    for (const item of this.#reader.push(chunk)) {
      const end = item.kind === 'pdu' ? await this.#pdu(item) : await this.#piece(item)
      if (end) return end
    }
    return undefined
  }

  async #pdu({ type, bytes }: WholePdu): Promise<AssociationEnd | undefined> {
    if (type === pduType.abort) return { how: 'aborted', reason: 'by the peer' }
    if (type === pduType.associateRequest && !this.#association) return this.#associate(bytes)
    if (type === pduType.releaseRequest && this.#association) {
      if (this.#incoming || this.#commandLength > 0) {
        this.#abort(reasonUnexpectedPdu)
        return { how: 'aborted', reason: 'by us: the peer asked for release in the middle of an instance' }
      }
      return { how: 'released', reason: null }
    }
    this.#abort(reasonUnexpectedPdu)
    return { how: 'aborted', reason: `by us: a PDU of type ${type} was not expected` }
  }

  async #associate(bytes: Buffer): Promise<AssociationEnd | undefined> {
    const request = checkAssociateRequest(bytes)
    const wrong =
      (request.protocolVersion & 1) === 0
        ? rejections.protocolVersion
        : request.applicationContext !== applicationContext && rejections.applicationContext
    if (wrong) {
      this.#handler.refused?.(wrong, request.titles, this.#socket)
      return this.#reject(wrong)
    }
    const association = await this.#acceptor.decode(request.pdu)
    const answer = await this.#handler.requested(association, this.#socket)
    if (answer && 'result' in answer) return this.#reject(answer)
    this.#limits = { ...this.#limits, ...answer }
    this.#patience = new Patience(this.#limits.idleMs)
    this.#association = association
    this.#acceptor.accept(association, this.#limits.maxPduLength)
    return undefined
  }

  #reject({ result, source, reason }: Rejection): AssociationEnd {
    this.#acceptor.sendAssociationReject(result, source, reason)
    return { how: 'aborted', reason: 'rejected' }
  }

  async #piece(piece: Piece): Promise<AssociationEnd | undefined> {
    if (!this.#association) {
      this.#abort(reasonUnexpectedPdu)
      return { how: 'aborted', reason: 'by us: data came before an association' }
    }
    if (piece.isCommand) return this.#commandPiece(piece)
    const incoming = this.#incoming
    if (!incoming || piece.contextId !== incoming.contextId)
      throw new RadDeployError('RD_DICOM_PROTOCOL', 'data came that belongs to no message', {})
    if (piece.bytes.length > 0) await incoming.sink.write(piece.bytes)
    if (!piece.isLast) return undefined
    this.#incoming = undefined
    const answer = await incoming.sink.end()
    await this.#respond(incoming.contextId, incoming.respond(answer))
    return undefined
  }

  async #commandPiece({ contextId, bytes, isLast }: Piece): Promise<undefined> {
    if (this.#incoming)
      throw new RadDeployError('RD_DICOM_PROTOCOL', 'a command came in the middle of an instance', {})
    // an empty piece counts, too: there could be any number of them
    this.#commandLength += Math.max(1, bytes.length)
    if (this.#commandLength > longestCommand)
      throw new RadDeployError('RD_DICOM_PROTOCOL', 'a command set is too long', {})
    if (bytes.length > 0) this.#command.push(bytes)
    if (!isLast) return
    const command = decodeCommandSet(Buffer.concat(this.#command))
    this.#command = []
    this.#commandLength = 0
    const context = this.#association!.getPresentationContexts().find(({ id }) => id === contextId)?.context
    if (!context || context.getResult() !== 0)
      throw new RadDeployError('RD_DICOM_PROTOCOL', `presentation context ${contextId} was not accepted`, {})
    const { CommandField: field, MessageID: messageId = 0, AffectedSOPClassUID: sopClassUid = '' } = command
    if (field === commandField.cEchoRequest) {
      const answer = {
        AffectedSOPClassUID: sopClassUid,
        MessageIDBeingRespondedTo: messageId,
        CommandDataSetType: noDataSet,
      }
      await this.#respond(contextId, { ...answer, CommandField: commandField.cEchoResponse, Status: 0 })
      return
    }
    const transferSyntaxUid = context.getAcceptedTransferSyntaxUid() ?? ''
    const request = requestOf(command, transferSyntaxUid, this.#handler, this.#logger)
    if (!request)
      throw new RadDeployError(
        'RD_DICOM_PROTOCOL',
        `command ${field?.toString(16) ?? 'without field'} is not served here`,
        {},
      )
    this.#incoming = { ...request, contextId }
  }

  /** Who asks and asks, and takes no answer, must not fill our memory with them. */
  async #respond(contextId: number, command: Parameters<typeof encodeCommandSet>[0]): Promise<void> {
    const limit = this.#association!.getMaxPduLength()
    if (this.#socket.write(dataPdu(contextId, encodeCommandSet(command), true, limit))) return
    const late = (): Error => new Error('the peer took no answer in time')
    await within(drained(this.#socket), this.#limits.idleMs, late).catch((error: unknown) => {
      this.#socket.destroy()
      throw error
    })
  }

  get #isBetweenMessages(): boolean {
    return this.#reader.isBetweenPdus && !this.#incoming && this.#commandLength === 0
  }

  #abort(reason: number): void {
    // A-ABORT from the service provider (PS3.8, 9.3.8).
    if (!this.#socket.destroyed)
      this.#socket.write(Buffer.from([pduType.abort, 0, 0, 0, 0, 4, 0, 0, 2, reason]))
  }
}

const tooSlow = 'nothing, or too little, came from the peer in time'

const isProtocol = (error: unknown): error is RadDeployError =>
  error instanceof RadDeployError && error.code === 'RD_DICOM_PROTOCOL'

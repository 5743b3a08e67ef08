import { type Readable } from 'node:stream'
import {
  type CommandSet,
  decodeCommandSet,
  encodeCommandSet,
  noDataSet,
} from '../../../core/dicom/commandSet.ts'
import { RadDeployError, isRadDeployError } from '../../../core/error/error.ts'
import { type ClientTls } from '../../tls/client.ts'
import { dataPdu } from '../dataPdu.ts'
import { pduType } from '../pduReader.ts'
import { type Acceptance, type Proposal, associateRequest, readAssociateAccept } from './associate.ts'
import { Connection, gone } from './connection.ts'
import { collected, counted, roomFor } from './fragments.ts'

/** Whom to call as whom, and how long to wait, in milliseconds. */
export interface Peer {
  readonly host: string
  readonly port: number
  readonly calledAeTitle: string
  readonly callingAeTitle: string
  /** By TLS (PS3.15, annex B), where given. */
  readonly tls?: ClientTls
  readonly timeouts?: Partial<Timeouts>
  readonly signal?: AbortSignal
}
/** How long each step may take, in milliseconds. */
export interface Timeouts {
  readonly connectMs: number
  /** Until the peer has answered the A-ASSOCIATE-RQ or the A-RELEASE-RQ. */
  readonly associationMs: number
  /** Until a request is answered; also until the peer takes more bytes, or our own source gives some. */
  readonly responseMs: number
}
/** A data set as it goes out: `size` bytes, no more and no less, and one 00 where that is odd. */
export interface Outgoing {
  readonly content: Readable
  /** Undefined where it is known only at its end. */
  readonly size: number | undefined
}

/** A message of the peer. */
export interface Message {
  readonly contextId: number
  readonly command: CommandSet
  /** Empty where it has none. */
  readonly dataset: Buffer
}

const defaults: Timeouts = { connectMs: 10_000, associationMs: 30_000, responseMs: 60_000 }
/** What we take in one PDU; responses are far shorter. */
const ourLimit = 131_072
/** What tells the command field of a response from its request's (PS3.7, table E.1-1). */
const responseBit = 0x8000
const longestCommand = 64 * 1024
/** Of a data set that comes with an answer or a report. */
const longestAnswer = 64 * 1024 * 1024
const releaseRequest = Buffer.from([pduType.releaseRequest, 0, 0, 0, 0, 4, 0, 0, 0, 0])
/** Result, source and reason (PS3.8, table 9-21). */
const rejectReasons: Readonly<Record<string, string>> = {
  '1/1/2': 'application context name not supported',
  '1/1/3': 'calling AE title not recognized',
  '1/1/7': 'called AE title not recognized',
  '1/2/2': 'protocol version not supported',
  '2/3/1': 'temporary congestion',
  '2/3/2': 'local limit exceeded',
}

/**
 * One association as its requestor (PS3.8, 9.2). Data sets go out as they are, in PDUs of the peer's size,
 * as fast as the peer takes them. After any error of a request the association is of no use: abort it.
 */
export class Requestor {
  readonly #connection: Connection
  readonly #timeouts: Timeouts
  readonly #room: number
  #isInsidePdu = false
  #isReleasing = false
  readonly acceptance: Acceptance

  private constructor(connection: Connection, timeouts: Timeouts, acceptance: Acceptance) {
    this.#connection = connection
    this.#timeouts = timeouts
    this.acceptance = acceptance
    this.#room = roomFor(acceptance.maxPduLength)
  }

  /**
   * Connects and negotiates. RD_DICOM_UNREACHABLE, RD_DICOM_REJECTED or RD_DICOM_PROTOCOL where there is no
   * association.
   */
  static async open(peer: Peer, proposals: readonly Proposal[]): Promise<Requestor> {
    const timeouts = { ...defaults, ...peer.timeouts }
    const connection = await Connection.open(peer, timeouts.connectMs, peer.signal)
    try {
      const request = associateRequest(peer.calledAeTitle, peer.callingAeTitle, proposals, ourLimit)
      await connection.write([request], timeouts.associationMs)
      const answer = await connection.within(timeouts.associationMs, 'it did not answer the request', () =>
        connection.next(),
      )
      if (answer.kind !== 'pdu') throw broken('it sent data before an association')
      if (answer.type === pduType.associateReject) throw rejected(answer.bytes)
      if (answer.type === pduType.abort) throw gone('it aborted')
      if (answer.type !== pduType.associateAccept) throw broken(`it sent a PDU of type ${answer.type}`)
      const acceptance = readAssociateAccept(answer.bytes)
      if (roomFor(acceptance.maxPduLength) === 0)
        throw broken(`it takes PDUs of ${acceptance.maxPduLength} bytes at most, which no message fits`)
      return new Requestor(connection, timeouts, acceptance)
    } catch (error) {
      connection.destroy()
      peer.signal?.throwIfAborted()
      throw withPeer(error, peer)
    }
  }

  /** Sends a request and, where given, its data set; resolves with the response to this very request. */
  async request(
    contextId: number,
    command: CommandSet & { readonly CommandField: number; readonly MessageID: number },
    dataset?: Outgoing,
  ): Promise<CommandSet & { readonly Status: number }> {
    const { responseMs } = this.#timeouts
    const encoded = dataPdu(contextId, encodeCommandSet(command), true, this.#room + 6)
    if (dataset) await this.#sendDataset(contextId, dataset, encoded)
    else await this.#connection.write([encoded], responseMs)
    const isAnswer = (other: CommandSet): void => {
      const { CommandField: field, MessageIDBeingRespondedTo: id } = other
      if (field !== (command.CommandField | responseBit) || id !== command.MessageID)
        throw broken('the peer answered what it was not asked')
    }
    const { command: response } = await this.#connection.within(responseMs, 'the peer did not answer', () =>
      this.#message('a response', contextId, isAnswer),
    )
    const { Status: status } = response
    if (status === undefined) throw broken('the peer answered without a status')
    return { ...response, Status: status }
  }

  /** Releases the association in good order and closes; never throws. */
  async release(): Promise<void> {
    const { associationMs } = this.#timeouts
    try {
      if (!this.#isReleasing) await this.#connection.write([releaseRequest], associationMs)
      await this.#connection.within(associationMs, 'no release', () => this.#connection.next())
    } catch {
      // The work is done; how the peer says goodbye changes nothing.
    } finally {
      this.#connection.destroy()
    }
  }

  /** Breaks the association off; never throws. */
  async abort(): Promise<void> {
    // In the middle of a PDU nothing else can be said; the peer sees that it was cut.
    if (this.#isInsidePdu) this.#connection.destroy()
    else await this.#connection.abort()
  }

  async #sendDataset(contextId: number, { content, size }: Outgoing, command: Buffer): Promise<void> {
    const { responseMs } = this.#timeouts
    const cut = size === undefined ? collected(contextId, this.#room) : counted(contextId, this.#room, size)
    const chunks = content[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    content.on('error', () => undefined)
    let before: readonly Buffer[] = [command]
    try {
      for (;;) {
        const { done, value } = await this.#connection.within(responseMs, 'the data set did not come', () =>
          this.#connection.unlessLost(chunks.next()),
        )
        if (done) break
        const pieces = cut.push(value)
        if (pieces.length === 0) continue
        this.#isInsidePdu = true
        await this.#connection.write([...before, ...pieces], responseMs)
        before = []
      }
      await this.#connection.write([...before, ...cut.end()], responseMs)
      this.#isInsidePdu = false
    } finally {
      content.destroy()
    }
  }

  /** What the peer asks of us; where it asks nothing for `ms` milliseconds, the association is released: undefined. */
  async receiveOrRelease(ms: number): Promise<Message | undefined> {
    const { associationMs } = this.#timeouts
    const release = (): void => {
      this.#isReleasing = true
      void this.#connection.write([releaseRequest], associationMs).catch(() => undefined)
    }
    const timer = setTimeout(release, ms)
    try {
      return await this.#connection.within(ms + associationMs, 'no release', () => this.#message('a request'))
    } catch (error) {
      if (!this.#isReleasing) throw error
      // How the peer says goodbye changes nothing.
      this.#connection.destroy()
      return undefined
    } finally {
      clearTimeout(timer)
    }
  }

  /** Answers it, unless the association is being released: then nothing can be said any more (PS3.8, 7.2). */
  async respond(contextId: number, command: CommandSet): Promise<void> {
    if (this.#isReleasing) return
    const encoded = dataPdu(contextId, encodeCommandSet(command), true, this.#room + 6)
    await this.#connection.write([encoded], this.#timeouts.responseMs)
  }

  /** Collects one message; whatever else comes instead is an error. */
  async #message(
    what: string,
    context?: number,
    check: (command: CommandSet) => void = () => undefined,
  ): Promise<Message> {
    const first = await this.#whole(what, { context, isCommand: true, longest: longestCommand })
    const command = decodeCommandSet(first.bytes)
    check(command)
    const { contextId } = first
    if ((command.CommandDataSetType ?? noDataSet) === noDataSet) return { contextId, command, dataset: none }
    const longest = longestAnswer
    const { bytes } = await this.#whole(what, { context: contextId, isCommand: false, longest })
    return { contextId, command, dataset: bytes }
  }

  /** Collects one command set or data set. */
  async #whole(
    what: string,
    wanted: { readonly context: number | undefined; readonly isCommand: boolean; readonly longest: number },
  ): Promise<{ readonly contextId: number; readonly bytes: Buffer }> {
    const parts: Buffer[] = []
    for (let length = 0; ;) {
      const item = await this.#connection.next()
      if (item.kind === 'pdu')
        throw item.type === pduType.abort
          ? gone('the peer aborted the association')
          : broken(`the peer sent a PDU of type ${item.type} where ${what} was due`)
      const { isCommand, contextId, bytes, isLast } = item
      if (isCommand !== wanted.isCommand || contextId !== (wanted.context ?? contextId))
        throw broken(`the peer sent something else where ${what} was due`)
      length += bytes.length
      if (length > wanted.longest) throw broken(`${what} is too long`)
      // Copied where it is held on to: the bytes are those of a chunk.
      parts.push(isLast ? bytes : Buffer.from(bytes))
      if (isLast) return { contextId, bytes: Buffer.concat(parts) }
    }
  }
}

const none = Buffer.alloc(0)
const broken = (why: string): RadDeployError => new RadDeployError('RD_DICOM_PROTOCOL', why, {})
const rejected = (pdu: Buffer): RadDeployError => {
  const code = `${pdu[7]}/${pdu[8]}/${pdu[9]}`
  const why = rejectReasons[code] ?? `result/source/reason ${code}`
  return new RadDeployError('RD_DICOM_REJECTED', `it rejected the association: ${why}`, { code })
}

/** Says of whom the error speaks. */
const withPeer = (error: unknown, { host, port, calledAeTitle }: Peer): unknown =>
  isRadDeployError(error)
    ? new RadDeployError(
        error.code,
        `${calledAeTitle}@${host}:${port}: ${error.message}`,
        { ...error.facts, host, port, calledAeTitle },
        error,
      )
    : error

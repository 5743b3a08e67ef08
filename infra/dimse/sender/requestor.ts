import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import { type Readable } from 'node:stream'
import { type CommandSet, decodeCommandSet, encodeCommandSet } from '../../../core/dicom/commandSet.ts'
import { RadDeployError, isRadDeployError, messageOf } from '../../../core/error/error.ts'
import { dataPdu } from '../dataPdu.ts'
import { PduReader, type Piece, type WholePdu, pduType } from '../pduReader.ts'
import { watchdog } from '../watchdog.ts'
import { type Acceptance, type Proposal, associateRequest, readAssociateAccept } from './associate.ts'

/** Whom to call, and how long to wait for each answer, in milliseconds. */
export interface Peer {
  readonly host: string
  readonly port: number
  readonly calledAeTitle: string
  readonly callingAeTitle: string
  readonly timeouts?: { readonly connectMs?: number; readonly answerMs?: number }
  readonly signal?: AbortSignal
}

const ourLimit = 131_072
const largestPdu = 131_072
const releaseRequest = Buffer.from([pduType.releaseRequest, 0, 0, 0, 0, 4, 0, 0, 0, 0])
const rejectReasons: Readonly<Record<string, string>> = {
  '1/1/2': 'application context name not supported',
  '1/1/3': 'calling AE title not recognized',
  '1/1/7': 'called AE title not recognized',
  '2/3/1': 'temporary congestion',
  '2/3/2': 'local limit exceeded',
}

/**
 * One association as its requestor. Data sets go out as they are, in PDUs of the peer's size, as fast as the
 * peer takes them; whatever the peer does not answer in time ends with the socket destroyed.
 */
export class Requestor {
  readonly #socket: Socket
  readonly #answers: AsyncIterator<WholePdu | Piece>
  readonly #answerMs: number
  readonly acceptance: Acceptance

  private constructor(
    socket: Socket,
    answers: AsyncIterator<WholePdu | Piece>,
    acceptance: Acceptance,
    answerMs: number,
  ) {
    this.#socket = socket
    this.#answers = answers
    this.acceptance = acceptance
    this.#answerMs = answerMs
  }

  /** Connects and negotiates. RD_DICOM_UNREACHABLE or RD_DICOM_REJECTED where there is no association. */
  static async open(peer: Peer, proposals: readonly Proposal[]): Promise<Requestor> {
    const answerMs = peer.timeouts?.answerMs ?? 60_000
    const socket = await reach(peer)
    try {
      const answers = answersOn(socket)
      socket.write(associateRequest(peer.calledAeTitle, peer.callingAeTitle, proposals, ourLimit))
      const answer = await within(socket, answerMs, () => answers.next())
      if (answer.done || answer.value.kind !== 'pdu')
        throw gone('it closed the connection instead of an answer')
      const { type, bytes } = answer.value
      if (type === pduType.associateReject) throw rejected(peer, bytes)
      if (type !== pduType.associateAccept) throw gone(`it answered with a PDU of type ${type}`)
      return new Requestor(socket, answers, readAssociateAccept(bytes), answerMs)
    } catch (error) {
      socket.destroy()
      throw isRadDeployError(error) ? error : gone(messageOf(error), error)
    }
  }

  /** Sends a command and, where given, a data set; resolves with the peer's response. */
  async request(
    contextId: number,
    command: CommandSet,
    dataset?: Readable,
    padToEven = false,
  ): Promise<CommandSet> {
    const limit = this.acceptance.maxPduLength
    await this.#write(dataPdu(contextId, encodeCommandSet(command), true, limit))
    if (dataset) await this.#sendDataset(contextId, dataset, padToEven)
    const parts: Buffer[] = []
    for (;;) {
      const answer = await within(this.#socket, this.#answerMs, () => this.#answers.next())
      if (answer.done) throw gone('the peer closed the connection')
      const item = answer.value
      if (item.kind === 'pdu')
        throw gone(
          item.type === pduType.abort
            ? 'the peer aborted the association'
            : `unexpected PDU of type ${item.type}`,
        )
      if (!item.isCommand) throw gone('the peer sent data where a response was due')
      parts.push(item.bytes)
      if (item.isLast) return decodeCommandSet(Buffer.concat(parts))
    }
  }

  /** Releases the association in good order; never throws. */
  async release(): Promise<void> {
    try {
      await this.#write(releaseRequest)
      await within(this.#socket, Math.min(this.#answerMs, 10_000), () => this.#answers.next())
    } catch {
      // The work is done; how the peer says goodbye changes nothing.
    } finally {
      this.#socket.destroy()
    }
  }

  /** Breaks off. */
  destroy(): void {
    this.#socket.destroy()
  }

  async #sendDataset(contextId: number, dataset: Readable, padToEven: boolean): Promise<void> {
    const room =
      (this.acceptance.maxPduLength === 0 ? largestPdu : Math.min(this.acceptance.maxPduLength, largestPdu)) -
      6
    let held: Buffer = Buffer.alloc(0)
    let size = 0
    for await (const chunk of dataset as AsyncIterable<Buffer>) {
      size += chunk.length
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      // The last piece is kept back: it must be marked as the last.
      while (held.length > room) {
        await this.#write(dataPdu(contextId, held.subarray(0, room), false, 0, false))
        held = held.subarray(room)
      }
    }
    if (padToEven && size % 2 === 1) held = Buffer.concat([held, Buffer.alloc(1)])
    await this.#write(dataPdu(contextId, held, false, this.acceptance.maxPduLength, true))
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.#socket.destroyed) throw gone('the connection was lost')
    if (this.#socket.write(bytes)) return
    await within(this.#socket, this.#answerMs, () =>
      Promise.race([
        once(this.#socket, 'drain'),
        once(this.#socket, 'close').then(() => Promise.reject(gone('the connection was lost'))),
      ]),
    )
  }
}

async function* answersOn(socket: Socket): AsyncGenerator<WholePdu | Piece> {
  const reader = new PduReader({ data: 1024 * 1024, other: 256 * 1024 })
  for await (const chunk of socket) yield* reader.push(chunk as Buffer)
}

/** Waits for a step; a peer that is silent for too long loses the connection. */
const within = async <T>(socket: Socket, ms: number, step: () => Promise<T>): Promise<T> => {
  const dog = watchdog(socket, ms)
  try {
    const result = await step()
    if (dog.fired) throw gone(`no answer within ${Math.round(ms / 1000)} s`)
    return result
  } catch (error) {
    throw dog.fired ? gone(`no answer within ${Math.round(ms / 1000)} s`, error) : error
  } finally {
    dog.stop()
  }
}

const reach = async ({ host, port, timeouts, signal }: Peer): Promise<Socket> => {
  const socket = connect({ host, port, noDelay: true })
  const lost = (): void => void socket.destroy()
  signal?.addEventListener('abort', lost)
  socket.once('close', () => signal?.removeEventListener('abort', lost))
  try {
    await within(socket, timeouts?.connectMs ?? 10_000, async () => {
      await Promise.race([
        once(socket, 'connect'),
        once(socket, 'close').then(() => Promise.reject(new Error('the connection was closed'))),
      ])
    })
    socket.on('error', () => undefined)
    return socket
  } catch (error) {
    socket.destroy()
    throw new RadDeployError(
      'RD_DICOM_UNREACHABLE',
      `${host}:${port} cannot be reached: ${messageOf(error)}`,
      { host, port },
      error,
    )
  }
}

const gone = (why: string, cause?: unknown): RadDeployError =>
  new RadDeployError('RD_DICOM_UNREACHABLE', why, {}, cause)

const rejected = ({ host, port, calledAeTitle }: Peer, pdu: Buffer): RadDeployError => {
  const code = `${pdu[7]}/${pdu[8]}/${pdu[9]}`
  const why = rejectReasons[code] ?? `result/source/reason ${code}`
  return new RadDeployError(
    'RD_DICOM_REJECTED',
    `${calledAeTitle}@${host}:${port} rejected the association: ${why}`,
    { code },
  )
}

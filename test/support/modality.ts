import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import { type ConnectionOptions, connect as secureConnect } from 'node:tls'
import { type CommandSet, decodeCommandSet, encodeCommandSet } from '../../core/dicom/commandSet.ts'
import { pdu } from './peer.ts'

/** A presentation context to propose. */
export interface Context {
  readonly id: number
  readonly abstractSyntax: string
  readonly transferSyntaxes: readonly string[]
}
/** An A-ASSOCIATE-RQ, and how it may be wrong. */
export interface Request {
  readonly contexts?: readonly Context[]
  readonly called?: string
  readonly calling?: string
  readonly protocolVersion?: number
  readonly applicationContext?: string
  /** Our receive limit; left out where undefined. */
  readonly maxPduLength?: number | undefined
  /** More items for the user information. */
  readonly user?: readonly Buffer[]
}

export const ct = '1.2.840.10008.5.1.4.1.1.2'
export const explicit = '1.2.840.10008.1.2.1'
export const verification = '1.2.840.10008.1.1'
export const implicit = '1.2.840.10008.1.2'
export const ctContext: Context = { id: 1, abstractSyntax: ct, transferSyntaxes: [explicit] }

/** An item of an A-ASSOCIATE-RQ (PS3.8, 9.3.2). */
export const item = (type: number, body: Buffer | string): Buffer => {
  const content = typeof body === 'string' ? Buffer.from(body, 'latin1') : body
  const head = Buffer.from([type, 0, 0, 0])
  head.writeUInt16BE(content.length, 2)
  return Buffer.concat([head, content])
}
const number32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** An A-ASSOCIATE-RQ, written against the standard and not with our sender. */
export const associateRequest = (request: Request = {}): Buffer => {
  const {
    contexts = [ctContext],
    called = 'RADDEPLOY',
    calling = 'MODALITY',
    protocolVersion = 1,
    applicationContext = '1.2.840.10008.3.1.1.1',
    user = [],
  } = request
  const limit = 'maxPduLength' in request ? request.maxPduLength : 16_384
  return pdu(
    1,
    Buffer.concat([
      Buffer.from([protocolVersion >> 8, protocolVersion & 0xff, 0, 0]),
      Buffer.from(called.padEnd(16), 'latin1'),
      Buffer.from(calling.padEnd(16), 'latin1'),
      Buffer.alloc(32),
      item(0x10, applicationContext),
      ...contexts.map(({ id, abstractSyntax, transferSyntaxes }) =>
        item(
          0x20,
          Buffer.concat([
            Buffer.from([id, 0, 0, 0]),
            item(0x30, abstractSyntax),
            ...transferSyntaxes.map((syntax) => item(0x40, syntax)),
          ]),
        ),
      ),
      item(
        0x50,
        Buffer.concat([
          ...(limit === undefined ? [] : [item(0x51, number32(limit))]),
          item(0x52, '2.25.7'),
          ...user,
        ]),
      ),
    ]),
  )
}

/** A presentation data value; `control`: 1 command, 2 last (PS3.8, annex E.2). */
export const pdv = (contextId: number, control: number, value: Buffer): Buffer =>
  Buffer.concat([number32(value.length + 2), Buffer.from([contextId, control]), value])
/** A P-DATA-TF of presentation data values. */
export const data = (...values: Buffer[]): Buffer => pdu(4, Buffer.concat(values))

/** The value of a C-STORE-RQ command. */
export const storeCommand = (messageId: number, sopInstanceUid: string, sopClassUid = ct): Buffer =>
  encodeCommandSet({
    AffectedSOPClassUID: sopClassUid,
    CommandField: 0x0001,
    MessageID: messageId,
    Priority: 0,
    CommandDataSetType: 0,
    AffectedSOPInstanceUID: sopInstanceUid,
  })

/** A whole C-STORE: the command in a PDU of its own, then the data set in another. */
export const store = (messageId: number, sopInstanceUid: string, dataset: Buffer): Buffer =>
  Buffer.concat([data(pdv(1, 3, storeCommand(messageId, sopInstanceUid))), data(pdv(1, 2, dataset))])

export const releaseRequest = pdu(5, Buffer.alloc(4))
export const abortPdu = pdu(7, Buffer.alloc(4))

/** A PDU that came back. */
export interface Answer {
  readonly type: number
  readonly body: Buffer
}

/** A modality of which every byte is ours. */
export class Modality {
  readonly socket: Socket
  #bytes: Buffer = Buffer.alloc(0)
  #wake: () => void = () => undefined
  #ended = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
      this.#wake()
    })
    socket.on('close', () => {
      this.#ended = true
      this.#wake()
    })
  }

  /** By TLS where its options are given. */
  static async connect(port: number, secure?: ConnectionOptions): Promise<Modality> {
    const to = { port, host: '127.0.0.1' }
    const socket = secure ? secureConnect({ ...to, ...secure }) : connect({ ...to, noDelay: true })
    const modality = new Modality(socket)
    await once(socket, secure ? 'secureConnect' : 'connect')
    return modality
  }

  /** Connects and asks for an association; the answer is the next PDU. */
  static async associate(port: number, request: Request = {}, secure?: ConnectionOptions): Promise<Modality> {
    const modality = await Modality.connect(port, secure)
    modality.send(associateRequest(request))
    return modality
  }

  send(...bytes: Buffer[]): void {
    this.socket.write(Buffer.concat(bytes))
  }

  /** The next PDU, or undefined when the connection was closed. */
  async next(): Promise<Answer | undefined> {
    for (;;) {
      if (this.#bytes.length >= 6 && this.#bytes.length >= 6 + this.#bytes.readUInt32BE(2)) {
        const end = 6 + this.#bytes.readUInt32BE(2)
        const answer = { type: this.#bytes[0]!, body: this.#bytes.subarray(6, end) }
        this.#bytes = this.#bytes.subarray(end)
        return answer
      }
      if (this.#ended) return undefined
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  /** The next response, from however many PDUs it comes in. */
  async response(): Promise<CommandSet> {
    const parts: Buffer[] = []
    for (;;) {
      const answer = await this.next()
      if (answer?.type !== 4) throw new Error(`no response, but ${answer ? `PDU ${answer.type}` : 'the end'}`)
      parts.push(answer.body.subarray(6))
      if ((answer.body[5]! & 2) !== 0) return decodeCommandSet(Buffer.concat(parts))
    }
  }

  /** What comes until the connection is closed. */
  async rest(): Promise<readonly Answer[]> {
    const answers: Answer[] = []
    for (let answer = await this.next(); answer; answer = await this.next()) answers.push(answer)
    return answers
  }

  close(): void {
    this.socket.destroy()
  }
}

import { RadDeployError } from '../../core/error/error.ts'

/** PDU types (PS3.8, 9.3.1). */
export const pduType = {
  associateRequest: 0x01,
  associateAccept: 0x02,
  associateReject: 0x03,
  data: 0x04,
  releaseRequest: 0x05,
  releaseResponse: 0x06,
  abort: 0x07,
} as const

/** A whole PDU other than P-DATA-TF, its six-byte header included. */
export interface WholePdu {
  readonly kind: 'pdu'
  readonly type: number
  readonly bytes: Buffer
}
/** A piece of a presentation data value, as it came off the wire; never copied, never collected. */
export interface Piece {
  readonly kind: 'piece'
  readonly contextId: number
  readonly isCommand: boolean
  readonly bytes: Buffer
  /** True with the last piece of the last fragment of a command or data set (PS3.8, annex E.2). */
  readonly isLast: boolean
}

/** The longest PDUs that are taken, in bytes. */
export interface PduLimits {
  /** Of a P-DATA-TF: what we announced, with room for peers that add the header. */
  readonly data: number
  /** Of everything else. */
  readonly other: number
}

const pduHeader = 6
const pdvHeader = 6

/**
 * Reads PDUs from a stream of chunks. What it holds back is bounded: at most one header, or one PDU that is
 * no P-DATA-TF. Data flows through as pieces of the chunks themselves, in order. A length beyond the limits,
 * or one that does not add up, is RD_DICOM_PROTOCOL before anything of it is stored.
 */
export class PduReader {
  readonly #limits: PduLimits
  #held: Buffer = Buffer.alloc(0)
  /** Bytes of the current P-DATA-TF that are still to come. */
  #dataLeft = 0
  /** The current presentation data value: where its bytes belong, and how many are to come. */
  #value: { contextId: number; isCommand: boolean; isLast: boolean; left: number } | undefined

  constructor(limits: PduLimits) {
    this.#limits = limits
  }

  /** True while nothing is half-read. */
  get isBetweenPdus(): boolean {
    return this.#held.length === 0 && this.#dataLeft === 0
  }

  /** Takes a chunk and yields what it completes. */
  *push(chunk: Buffer): Generator<WholePdu | Piece> {
    let bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    this.#held = Buffer.alloc(0)
    for (;;) {
      if (this.#value) {
        const piece = bytes.subarray(0, this.#value.left)
        if (piece.length === 0 && this.#value.left > 0) return
        bytes = bytes.subarray(piece.length)
        yield this.#piece(piece)
      } else if (this.#dataLeft > 0) {
        if (bytes.length < pdvHeader) return this.#hold(bytes)
        this.#openValue(bytes)
        bytes = bytes.subarray(pdvHeader)
      } else {
        if (bytes.length < pduHeader) return this.#hold(bytes)
        const [type, length] = [bytes[0]!, bytes.readUInt32BE(2)]
        const limit = type === pduType.data ? this.#limits.data : this.#limits.other
        if (length > limit)
          throw broken(`a PDU of type ${type} announces ${length} bytes; ${limit} are taken at most`)
        if (type === pduType.data) {
          if (length < pdvHeader) throw broken('a P-DATA-TF is too short')
          this.#dataLeft = length
          bytes = bytes.subarray(pduHeader)
        } else {
          if (bytes.length < pduHeader + length) return this.#hold(bytes)
          yield { kind: 'pdu', type, bytes: bytes.subarray(0, pduHeader + length) }
          bytes = bytes.subarray(pduHeader + length)
        }
      }
    }
  }

  #hold(bytes: Buffer): void {
    // Copied: a few bytes must not keep a whole chunk alive.
    this.#held = Buffer.from(bytes)
  }

  #openValue(bytes: Buffer): void {
    const length = bytes.readUInt32BE(0)
    if (this.#dataLeft < pdvHeader || length < 2 || length + 4 > this.#dataLeft)
      throw broken(`a presentation data value of ${length} bytes does not fit its P-DATA-TF`)
    const control = bytes[5]!
    this.#dataLeft -= length + 4
    this.#value = {
      contextId: bytes[4]!,
      isCommand: (control & 0x01) !== 0,
      isLast: (control & 0x02) !== 0,
      left: length - 2,
    }
  }

  #piece(bytes: Buffer): Piece {
    const { contextId, isCommand, isLast, left } = this.#value!
    const ends = bytes.length === left
    this.#value = ends ? undefined : { contextId, isCommand, isLast, left: left - bytes.length }
    return { kind: 'piece', contextId, isCommand, bytes, isLast: isLast && ends }
  }
}

const broken = (why: string): RadDeployError => new RadDeployError('RD_DICOM_PROTOCOL', why, {})

import { RadDeployError } from '../../error/error.ts'
import { elementHead, itemTag, sequenceEndTag, undefinedLength } from './heads.ts'
import { type ImageShape, decodeRleFrame, frameLength } from './rle.ts'

const pixelData = 0x7fe00010
const headLength = 8
const longest = 0xfffffffe

/** Reads the fragments of RLE pixel data (PS3.5, A.4.2): a table of offsets, then a fragment for each frame. */
export class FrameReader {
  readonly #shape: ImageShape
  readonly #total: number
  #held: Buffer[] = []
  #heldLength = 0
  /** What is waited for: the head of an item, or its value. */
  #wanted = headLength
  #isInHead = true
  #hasTable = false
  #decoded = 0
  /** Where all fragments make one frame. */
  #pieces: Buffer[] = []
  isDone = false

  private constructor(shape: ImageShape, total: number) {
    this.#shape = shape
    this.#total = total
  }

  /** A reader, and the head of the element that the pixels are without compression. */
  static open(shape: ImageShape, isImplicit: boolean): { head: Buffer; frames: FrameReader } {
    const total = frameLength(shape) * shape.frames
    const padded = total + (total % 2)
    if (shape.frames < 1 || padded > longest) throw unreadable(`${shape.frames} frames are too many`)
    return { head: elementHead(pixelData, 'OW', padded, isImplicit), frames: new FrameReader(shape, total) }
  }

  /** Takes what belongs to it of the next bytes, and says how much that was. */
  push(bytes: Buffer, out: Buffer[]): number {
    let at = 0
    while (at < bytes.length && !this.isDone) {
      const piece = bytes.subarray(at, at + this.#wanted - this.#heldLength)
      // Copied: frames may be long, and chunks are somebody else's.
      this.#held.push(Buffer.from(piece))
      this.#heldLength += piece.length
      at += piece.length
      if (this.#heldLength === this.#wanted) this.#take(out)
    }
    return at
  }

  #take(out: Buffer[]): void {
    const whole = Buffer.concat(this.#held)
    this.#held = []
    this.#heldLength = 0
    if (!this.#isInHead) {
      this.#isInHead = true
      this.#wanted = headLength
      this.#fragment(whole, out)
      return
    }
    const tag = ((whole.readUInt16LE(0) << 16) | whole.readUInt16LE(2)) >>> 0
    const length = whole.readUInt32LE(4)
    if (tag === sequenceEndTag) return this.#finish(out)
    if (tag !== itemTag || length === undefinedLength)
      throw unreadable('its pixels hold something else than fragments')
    if (length === 0) return this.#fragment(Buffer.alloc(0), out)
    this.#isInHead = false
    this.#wanted = length
  }

  #fragment(bytes: Buffer, out: Buffer[]): void {
    if (!this.#hasTable) {
      this.#hasTable = true
      return
    }
    if (this.#shape.frames === 1) {
      this.#pieces.push(bytes)
      return
    }
    this.#decode(bytes, out)
  }

  #decode(frame: Buffer, out: Buffer[]): void {
    const decoded = decodeRleFrame(frame, this.#shape)
    this.#decoded += decoded.length
    if (this.#decoded > this.#total) throw unreadable('it has more frames than it says')
    out.push(decoded)
  }

  #finish(out: Buffer[]): void {
    if (this.#shape.frames === 1) this.#decode(Buffer.concat(this.#pieces), out)
    if (this.#decoded !== this.#total) throw unreadable('it has fewer frames than it says')
    if (this.#total % 2 === 1) out.push(Buffer.alloc(1))
    this.isDone = true
  }
}

const unreadable = (why: string): RadDeployError =>
  new RadDeployError('RD_DICOM_UNREADABLE', `the data set cannot be converted: ${why}`, {})

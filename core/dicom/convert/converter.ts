import { type ElementHead, type Encoding, headAt } from '../attributes/elements.ts'
import { RadDeployError } from '../../error/error.ts'
import {
  delimiter,
  elementHead,
  impliedVr,
  itemEndTag,
  itemTag,
  sequenceEndTag,
  undefinedLength,
  widthOf,
} from './heads.ts'
import { ImageAttributes } from './image.ts'
import { FrameReader } from './frames.ts'
import { Turner } from './turner.ts'

const longestHead = 12
const deepest = 256
const pixelData = 0x7fe00010

/** What is open: a sequence that takes items, or an item that takes elements. */
interface Open {
  readonly kind: 'sequence' | 'item'
  /** Where it ends in what is read; undefined where a delimiter says so. */
  readonly end: number | undefined
  /** Undefined inside UN, until the first element shows it (PS3.5, 6.2.2). */
  encoding: Encoding | undefined
}

const implicitLittle: Encoding = { implicitVr: true, littleEndian: true }
const explicitLittle: Encoding = { implicitVr: false, littleEndian: true }

/**
 * Writes a data set in Implicit or Explicit VR Little Endian while it streams by, whatever it was written in: heads
 * are new, values keep every byte, in their new order. Sequences and items end by delimiters, so that nothing is
 * held back; lengths of groups (retired) are left out. Pixels in RLE are decoded, a frame at a time.
 */
export class SyntaxConverter {
  readonly #source: Encoding
  readonly #isImplicit: boolean
  readonly #open: Open[] = []
  readonly #image: ImageAttributes
  #held: Buffer = Buffer.alloc(0)
  #position = 0
  /** The current value: what of it is to come, and how it goes out. */
  #value: { left: number; readonly turner: Turner; readonly tag: number } | undefined
  #dropped = 0
  #frames: FrameReader | undefined

  constructor(source: Encoding, target: { readonly implicitVr: boolean }) {
    this.#source = source
    this.#isImplicit = target.implicitVr
    this.#image = new ImageAttributes(source.littleEndian)
  }

  /** Takes the next bytes; what can go out. RD_DICOM_UNREADABLE where they make no sense. */
  push(bytes: Buffer): readonly Buffer[] {
    const out: Buffer[] = []
    for (let at = 0; at < bytes.length;) {
      if (this.#frames) at += this.#readFrames(bytes.subarray(at), out)
      else if (this.#value) at += this.#passValue(bytes.subarray(at), out)
      else if (this.#dropped > 0) at += this.#drop(bytes.length - at)
      else {
        this.#close(out)
        const next = bytes.subarray(at, at + longestHead - this.#held.length)
        const window = this.#held.length === 0 ? next : Buffer.concat([this.#held, next])
        const head = headAt(window, 0, window.length, this.#encodingAt(window))
        if (head === undefined) {
          this.#held = Buffer.from(window)
          break
        }
        at += head.start - this.#held.length
        this.#position += head.start
        this.#held = Buffer.alloc(0)
        this.#enter(head, out)
      }
    }
    return out
  }

  /** What goes out last; RD_DICOM_UNREADABLE where something is missing. */
  end(): readonly Buffer[] {
    const out: Buffer[] = []
    this.#close(out)
    if (this.#value || this.#dropped > 0 || this.#frames) throw unreadable('it ends inside a value')
    // Some writers fill up with zeros behind the last element.
    if (this.#held.some((byte) => byte !== 0)) throw unreadable('it ends inside an element')
    if (this.#open.length > 0) throw unreadable('it ends inside a sequence')
    return out
  }

  #drop(available: number): number {
    const step = Math.min(this.#dropped, available)
    this.#dropped -= step
    this.#position += step
    return step
  }

  #passValue(bytes: Buffer, out: Buffer[]): number {
    const value = this.#value!
    const piece = bytes.subarray(0, value.left)
    value.left -= piece.length
    this.#position += piece.length
    if (this.#open.length === 0) this.#image.take(value.tag, piece)
    out.push(...value.turner.turn(piece, value.left === 0))
    if (value.left === 0) this.#value = undefined
    return piece.length
  }

  #readFrames(bytes: Buffer, out: Buffer[]): number {
    const read = this.#frames!.push(bytes, out)
    this.#position += read
    if (this.#frames!.isDone) this.#frames = undefined
    return read
  }

  /** Ends what ends here by its length. */
  #close(out: Buffer[]): void {
    for (let top = this.#open.at(-1); top?.end === this.#position; top = this.#open.at(-1)) {
      out.push(delimiter(top.kind === 'item' ? itemEndTag : sequenceEndTag))
      this.#open.pop()
    }
  }

  #encodingAt(window: Buffer): Encoding {
    const top = this.#open.at(-1)
    if (top === undefined) return this.#source
    if (top.encoding === undefined && top.kind === 'item' && window.length >= 8)
      top.encoding = /^[A-Z]{2}$/.test(window.toString('latin1', 4, 6)) ? explicitLittle : implicitLittle
    return top.encoding ?? implicitLittle
  }

  #enter(head: ElementHead, out: Buffer[]): void {
    const { tag, length } = head
    const top = this.#open.at(-1)
    const isOpen = length === undefinedLength
    const end = isOpen ? undefined : this.#position + length
    if (top?.kind === 'sequence') {
      if (tag === sequenceEndTag) {
        if (top.end === undefined) this.#pop(out, sequenceEndTag)
      } else if (tag === itemTag) {
        out.push(delimiter(itemTag, undefinedLength))
        this.#push({ kind: 'item', end, encoding: top.encoding })
      } else throw unreadable('a sequence holds something else than items')
      return
    }
    if (tag === itemEndTag && top && top.end === undefined) return this.#pop(out, itemEndTag)
    if (tag >>> 16 === 0xfffe) throw unreadable('an item lies outside a sequence')
    this.#element(head, end, out)
  }

  #element({ tag, vr: written, length }: ElementHead, end: number | undefined, out: Buffer[]): void {
    if (end !== undefined && this.#open.some((one) => one.end !== undefined && one.end < end))
      throw unreadable('an element is longer than what it lies in')
    const vr = written ?? impliedVr(tag, this.#image.isSigned)
    const encoding = this.#encodingAt(none)
    if (tag === pixelData && end === undefined && this.#open.length === 0) {
      const { head, frames } = FrameReader.open(this.#image.shape(), this.#isImplicit)
      out.push(head)
      this.#frames = frames
    } else if ((tag & 0xffff) === 0 && end !== undefined) this.#dropped = length
    else if (vr === 'SQ' || end === undefined) {
      out.push(elementHead(tag, 'SQ', length === 0 ? 0 : undefinedLength, this.#isImplicit))
      if (length > 0) this.#push({ kind: 'sequence', end, encoding: written === 'UN' ? undefined : encoding })
    } else {
      out.push(elementHead(tag, vr, length, this.#isImplicit))
      const turner = new Turner(encoding.littleEndian ? 1 : widthOf(vr))
      if (length > 0) this.#value = { left: length, turner, tag }
    }
  }

  #push(open: Open): void {
    if (this.#open.length === deepest) throw unreadable(`sequences are nested more than ${deepest} deep`)
    this.#open.push(open)
  }

  #pop(out: Buffer[], tag: number): void {
    out.push(delimiter(tag))
    this.#open.pop()
  }
}

const none = Buffer.alloc(0)
const unreadable = (why: string): RadDeployError =>
  new RadDeployError('RD_DICOM_UNREADABLE', `the data set cannot be converted: ${why}`, {})

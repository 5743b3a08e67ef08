import { type ElementHead, type Encoding, headAt } from '../dicom/attributes/elements.ts'
import { itemEnd, sequenceEnd, endOf, undefinedLength, refused } from './structure.ts'

const firstWanted = 64 * 1024
/** What may lie in memory before the pixels, and behind them. */
export const longestHeld = 64 * 1024 * 1024

/** Float, Double Float and Pixel Data: what flows by. */
const pixelTags = [0x7fe00008, 0x7fe00009, 0x7fe00010]

/** Rewrites what lies in memory. */
export interface Edit {
  /** All elements before the pixels, or all there are. */
  head(bytes: Buffer): Buffer
  /** Those behind the pixels. */
  tail(bytes: Buffer): Buffer
}

/**
 * Rewrites a data set while it streams by. The elements before the pixels are held until they are all there, those
 * behind them until the end; the pixels go through as they come, and who knows the file can skip them.
 */
export class DatasetRewriter {
  readonly #encoding: Encoding
  readonly #edit: Edit
  #part: 'head' | 'value' | 'fragments' | 'tail' = 'head'
  #held: Buffer[] = []
  #heldLength = 0
  #wanted = firstWanted
  /** Up to here the held elements are known to be whole. */
  #whole = 0
  #passing = 0

  constructor(encoding: Encoding, edit: Edit) {
    this.#encoding = encoding
    this.#edit = edit
  }

  /** How many of the next bytes go out as they come in. */
  get passing(): number {
    return this.#passing
  }

  /** Says that so many of the passing bytes were passed on by somebody else. */
  skip(length: number): void {
    if (length > this.#passing) throw new RangeError(`${this.#passing} bytes pass, not ${length}`)
    this.#passing -= length
    if (this.#passing === 0 && this.#part === 'value') this.#part = 'tail'
  }

  /** Takes the next bytes; what can go out by now. */
  push(bytes: Buffer): readonly Buffer[] {
    const out: Buffer[] = []
    for (let rest = bytes; rest.length > 0;) {
      if (this.#passing > 0) {
        const now = rest.subarray(0, this.#passing)
        out.push(now)
        this.skip(now.length)
        rest = rest.subarray(now.length)
      } else if (this.#part === 'fragments') rest = this.#fragment(rest, out)
      else {
        this.#hold(rest)
        rest = this.#part === 'head' && this.#heldLength >= this.#wanted ? this.#lookForPixels(out) : none
      }
    }
    return out
  }

  /** What goes out last. */
  end(): readonly Buffer[] {
    const out: Buffer[] = []
    if (this.#part === 'head' && this.#passing === 0)
      // The pixels may lie in what is held, and something behind them.
      for (let rest = this.#lookForPixels(out); rest.length > 0; rest = none) out.push(...this.push(rest))
    if (this.#passing > 0 || this.#part === 'fragments') throw refused('it ends inside its pixels')
    const held = this.#takeHeld()
    return [...out, this.#part === 'head' ? this.#edit.head(held) : this.#edit.tail(held)]
  }

  #hold(bytes: Buffer): void {
    this.#held.push(bytes)
    this.#heldLength += bytes.length
    if (this.#heldLength > longestHeld && this.#part === 'tail')
      throw refused('more than 64 MiB lie behind its pixels')
  }

  #takeHeld(): Buffer {
    const held = this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held)
    this.#held = []
    this.#heldLength = 0
    return held
  }

  /** Steps over whole elements; at the pixels it gives out the head and returns what is behind it. */
  #lookForPixels(out: Buffer[]): Buffer {
    const held = this.#takeHeld()
    for (;;) {
      const head = headAt(held, this.#whole, held.length, this.#encoding)
      if (head !== undefined && pixelTags.includes(head.tag)) {
        out.push(this.#edit.head(held.subarray(0, this.#whole)))
        this.#enterPixels(head)
        return held.subarray(this.#whole)
      }
      const end = head === undefined ? undefined : endOf(head, held, this.#encoding)
      if (end === undefined) break
      this.#whole = end
    }
    if (held.length > longestHeld) throw refused('more than 64 MiB lie before its pixels')
    this.#hold(held)
    this.#wanted = Math.min(held.length * 2, longestHeld + 1)
    return none
  }

  #enterPixels({ length, start }: ElementHead): void {
    const opening = start - this.#whole
    const isOpen = length === undefinedLength
    this.#part = isOpen ? 'fragments' : 'value'
    this.#passing = isOpen ? opening : opening + length
  }

  /** The head of a fragment, or the end of them; it goes out as it is. */
  #fragment(bytes: Buffer, out: Buffer[]): Buffer {
    const missing = 8 - this.#heldLength
    this.#hold(bytes.subarray(0, missing))
    const rest = bytes.subarray(missing)
    if (this.#heldLength < 8) return none
    const opening = this.#takeHeld()
    const head = headAt(opening, 0, 8, this.#encoding)!
    out.push(opening)
    if (head.tag === sequenceEnd) this.#part = 'tail'
    else if (head.tag === itemEnd || head.tag >>> 16 !== 0xfffe || head.length === undefinedLength)
      throw refused('its pixels hold something else than fragments')
    else this.#passing = head.length
    return rest
  }
}

const none = Buffer.alloc(0)

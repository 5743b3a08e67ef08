import { type ElementHead, type Encoding, headAt } from './attributes/elements.ts'

const item = 0xfffee000
const itemEnd = 0xfffee00d
const sequenceEnd = 0xfffee0dd
const undefinedLength = 0xffffffff
const longestHead = 12
const deepest = 256

const implicitLittle: Encoding = { implicitVr: true, littleEndian: true }
const explicitLittle: Encoding = { implicitVr: false, littleEndian: true }

/** What is open: a sequence (or encapsulated pixel data) that takes items, or an item that takes elements. */
interface Open {
  readonly kind: 'sequence' | 'item'
  /** Undefined inside UN, until the first element shows it (PS3.5, 6.2.2). */
  encoding: Encoding | undefined
}

/**
 * Follows the structure of a data set (PS3.5, 7) while it streams by, however long it is: values are stepped
 * over, only the heads of elements are looked at. Knows at the end whether anything is missing.
 */
export class StructureReader {
  readonly #encoding: Encoding
  readonly #open: Open[] = []
  #held: Buffer = Buffer.alloc(0)
  /** Bytes of the current value that are still to come. */
  #left = 0
  #problem: string | undefined

  constructor(encoding: Encoding) {
    this.#encoding = encoding
  }

  /** Takes the next bytes of the data set. */
  push(bytes: Buffer): void {
    for (let at = 0; at < bytes.length && this.#problem === undefined;) {
      if (this.#left > 0) {
        const step = Math.min(this.#left, bytes.length - at)
        this.#left -= step
        at += step
        continue
      }
      const next = bytes.subarray(at, at + longestHead - this.#held.length)
      const window = this.#held.length === 0 ? next : Buffer.concat([this.#held, next])
      const head = headAt(window, 0, window.length, this.#encodingAt(window))
      if (head === undefined) {
        this.#held = Buffer.from(window)
        return
      }
      at += head.start - this.#held.length
      this.#held = Buffer.alloc(0)
      this.#enter(head)
    }
  }

  /** What is wrong with the data set, now that no more bytes come; undefined where it is whole. */
  end(): string | undefined {
    if (this.#problem !== undefined) return this.#problem
    if (this.#left > 0) return `it ends ${this.#left} bytes before its last value does`
    // Some writers fill up with zeros behind the last element.
    if (this.#held.some((byte) => byte !== 0)) return 'it ends inside an element'
    return this.#open.length > 0 ? 'it ends inside a sequence' : undefined
  }

  #encodingAt(window: Buffer): Encoding {
    const top = this.#open.at(-1)
    if (top === undefined) return this.#encoding
    if (top.encoding === undefined && top.kind === 'item' && window.length >= 8)
      top.encoding = /^[A-Z]{2}$/.test(window.toString('latin1', 4, 6)) ? explicitLittle : implicitLittle
    return top.encoding ?? implicitLittle
  }

  #enter({ tag, vr, length }: ElementHead): void {
    const top = this.#open.at(-1)
    if (top?.kind === 'sequence') {
      if (tag === sequenceEnd) this.#open.pop()
      else if (tag !== item) this.#problem = 'a sequence holds something else than items'
      else if (length === undefinedLength) this.#begin({ kind: 'item', encoding: top.encoding })
      else this.#left = length
      return
    }
    if (tag === itemEnd) {
      if (top) this.#open.pop()
    } else if (tag === item || (tag === sequenceEnd && top)) this.#problem = 'an item lies outside a sequence'
    else if (length !== undefinedLength) this.#left = length
    else this.#begin({ kind: 'sequence', encoding: vr === 'UN' ? undefined : this.#encodingAt(none) })
  }

  #begin(open: Open): void {
    if (this.#open.length === deepest) this.#problem = `sequences are nested more than ${deepest} deep`
    else this.#open.push(open)
  }
}

const none = Buffer.alloc(0)

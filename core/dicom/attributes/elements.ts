import { dictionaryVrOf, isPrivate } from './dictionary.ts'

/** How a data set is written (PS3.5, annex A). */
export interface Encoding {
  readonly implicitVr: boolean
  readonly littleEndian: boolean
}

/** One data element, not yet decoded. */
export interface Element {
  readonly tag: number
  /** As written, or from the dictionary where the file does not say or says UN. */
  readonly vr: string
  readonly value: Buffer
  readonly littleEndian: boolean
  /** The items of a sequence. */
  readonly items?: readonly (readonly Element[])[]
}

/** What was read, and where reading ended. */
export interface Reading {
  readonly elements: readonly Element[]
  /** Offset of the first byte not read. */
  readonly end: number
  /** True when the pixel data or the end was reached, false when the bytes break off or make no sense. */
  readonly complete: boolean
}

const item = 0xfffee000
const itemEnd = 0xfffee00d
const sequenceEnd = 0xfffee0dd
const undefinedLength = 0xffffffff
/** Float Pixel Data; with it begins what no trigger reads. */
const firstPixelTag = 0x7fe00008
const deepest = 64

const longVrs = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'])

/** Where an element begins: its tag, how it is written, how long it is, and where its value starts. */
export interface ElementHead {
  readonly tag: number
  readonly vr: string | undefined
  readonly length: number
  readonly start: number
}

const number32 = (bytes: Buffer, at: number, littleEndian: boolean): number =>
  littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)

const number16 = (bytes: Buffer, at: number, littleEndian: boolean): number =>
  littleEndian ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)

const isVr = (first: number, second: number): boolean =>
  first >= 0x41 && first <= 0x5a && second >= 0x41 && second <= 0x5a

const tagAt = (bytes: Buffer, at: number, littleEndian: boolean): number =>
  ((number16(bytes, at, littleEndian) << 16) | number16(bytes, at + 2, littleEndian)) >>> 0

/** Tag, VR and length (PS3.5, 7.1); undefined where the bytes end first. */
export const headAt = (
  bytes: Buffer,
  at: number,
  limit: number,
  encoding: Encoding,
): ElementHead | undefined => {
  const { littleEndian } = encoding
  if (at + 8 > limit) return undefined
  const tag = tagAt(bytes, at, littleEndian)
  const delimiter = tag >>> 16 === 0xfffe
  // Some writers fall back to implicit VR inside the items of an explicit file; no VR, no letters.
  if (encoding.implicitVr || delimiter || !isVr(bytes[at + 4]!, bytes[at + 5]!))
    return { tag, vr: undefined, length: number32(bytes, at + 4, littleEndian), start: at + 8 }
  const vr = bytes.toString('latin1', at + 4, at + 6)
  if (!longVrs.has(vr)) return { tag, vr, length: number16(bytes, at + 6, littleEndian), start: at + 8 }
  if (at + 12 > limit) return undefined
  return { tag, vr, length: number32(bytes, at + 8, littleEndian), start: at + 12 }
}

const vrOf = (head: ElementHead): string => {
  if (head.vr !== undefined && head.vr !== 'UN') return head.vr
  if (isPrivate(head.tag)) return head.vr === undefined && (head.tag & 0xff00) === 0 ? 'LO' : 'UN'
  if (head.vr === 'UN' && head.length >= 0xffff && head.length !== undefinedLength) return 'UN'
  return dictionaryVrOf(head.tag) ?? ((head.tag & 0xffff) === 0 ? 'UL' : 'UN')
}

interface Items {
  readonly items: readonly (readonly Element[])[]
  readonly end: number
  readonly complete: boolean
}

/** The items of a sequence, from `at` to `limit` or to the delimiter (PS3.5, 7.5). */
const itemsAt = (bytes: Buffer, at: number, limit: number, encoding: Encoding, depth: number): Items => {
  const items: (readonly Element[])[] = []
  let position = at
  while (position + 8 <= limit && depth < deepest) {
    const tag = tagAt(bytes, position, encoding.littleEndian)
    const length = number32(bytes, position + 4, encoding.littleEndian)
    position += 8
    if (tag === sequenceEnd) return { items, end: position, complete: true }
    if (tag !== item) return { items, end: position, complete: false }
    const stop = length === undefinedLength ? limit : Math.min(position + length, limit)
    const reading = readElements(bytes, position, stop, encoding, depth + 1)
    items.push(reading.elements)
    if (length === undefinedLength && !reading.complete) return { items, end: reading.end, complete: false }
    position = length === undefinedLength ? reading.end : stop
  }
  return { items, end: position, complete: position === limit }
}

/** A sequence hidden behind UN is implicit little endian (PS3.5, 6.2.2), unless its elements have VRs. */
const hiddenEncoding = (bytes: Buffer, at: number): Encoding => ({
  implicitVr: at + 14 > bytes.length || !isVr(bytes[at + 12]!, bytes[at + 13]!),
  littleEndian: true,
})

/**
 * The elements from `at` up to the pixel data, the end of an item, or `limit`. A value of stated length that
 * makes no sense costs only itself; where lengths are undefined, reading ends at what cannot be understood.
 */
export const readElements = (
  bytes: Buffer,
  at: number,
  limit: number,
  encoding: Encoding,
  depth = 0,
): Reading => {
  const elements: Element[] = []
  const { littleEndian } = encoding
  let position = at
  while (position < limit) {
    const head = headAt(bytes, position, limit, encoding)
    if (head === undefined) return { elements, end: position, complete: false }
    const { tag, length, start } = head
    if (tag === itemEnd) return { elements, end: start, complete: true }
    if (tag === sequenceEnd || tag === item) return { elements, end: position, complete: false }
    if (depth === 0 && tag >= firstPixelTag) return { elements, end: position, complete: true }

    const open = length === undefinedLength
    const end = open ? limit : start + length
    if (end > limit) return { elements, end: position, complete: false }
    const vr = vrOf(head)
    const value = open ? Buffer.alloc(0) : bytes.subarray(start, end)
    const sequence = vr === 'SQ' || open
    if (!sequence) elements.push({ tag, vr, value, littleEndian })
    else {
      const inner = head.vr === 'UN' ? hiddenEncoding(bytes, start) : encoding
      const { items, end: itemsEnd, complete } = itemsAt(bytes, start, end, inner, depth)
      elements.push({ tag, vr: 'SQ', value, littleEndian, items })
      if (open && !complete) return { elements, end: itemsEnd, complete: false }
      if (open) {
        position = itemsEnd
        continue
      }
    }
    position = end
  }
  return { elements, end: position, complete: true }
}

import { dictionaryVrOf, isPrivate } from '../dicom/attributes/dictionary.ts'
import { type ElementHead, type Encoding, headAt } from '../dicom/attributes/elements.ts'
import { RadDeployError } from '../error/error.ts'

export const item = 0xfffee000
export const itemEnd = 0xfffee00d
export const sequenceEnd = 0xfffee0dd
export const undefinedLength = 0xffffffff
const deepest = 64

/** Of what cannot be followed to its end nobody can say that it is free of names. */
export const refused = (why: string): RadDeployError =>
  new RadDeployError('RD_DEIDENTIFICATION_REFUSED', `it cannot be de-identified: ${why}`, {})

/** One level deeper; refused where that is too deep to be meant. */
export const deeper = (depth: number): number => {
  if (depth === deepest) throw refused(`sequences are nested more than ${deepest} deep`)
  return depth + 1
}

/** A sequence in UN is implicit little endian (PS3.5, 6.2.2), unless its elements have VRs. */
export const innerEncoding = (head: ElementHead, bytes: Buffer, outer: Encoding): Encoding => {
  if (head.vr !== 'UN') return outer
  const vr = bytes.toString('latin1', head.start + 12, head.start + 14)
  return { implicitVr: !/^[A-Z]{2}$/.test(vr), littleEndian: true }
}

/** True where pixels lie in fragments (PS3.5, A.4): its items are no data sets. */
export const isFragments = ({ vr, length }: ElementHead): boolean =>
  length === undefinedLength && (vr === 'OB' || vr === 'OW')

const plainVrs: Readonly<Record<string, string>> = { xs: 'US', ox: 'OW', lt: 'OW' }

/** The VR as written, or from the dictionary where the file does not say or says UN; SQ for what is open. */
export const vrOf = (head: ElementHead): string => {
  if (head.length === undefinedLength && !isFragments(head)) return 'SQ'
  if (head.vr !== undefined && head.vr !== 'UN') return head.vr
  if (isPrivate(head.tag)) return (head.tag & 0xff00) === 0 ? 'LO' : 'UN'
  const vr = dictionaryVrOf(head.tag) ?? 'UN'
  return plainVrs[vr] ?? vr
}

/** Where items that begin at `at` end, behind their delimiter; undefined where the bytes end first. */
export const endOfItems = (bytes: Buffer, at: number, encoding: Encoding, depth = 0): number | undefined => {
  for (let position = at; ;) {
    const head = headAt(bytes, position, bytes.length, encoding)
    if (head === undefined) return undefined
    if (head.tag === sequenceEnd) return head.start
    if (head.tag !== item) throw refused('a sequence holds something else than items')
    const end =
      head.length === undefinedLength
        ? endOfElements(bytes, head.start, encoding, deeper(depth))
        : head.start + head.length
    if (end === undefined || end > bytes.length) return undefined
    position = end
  }
}

const endOfElements = (bytes: Buffer, at: number, encoding: Encoding, depth: number): number | undefined => {
  for (let position = at; ;) {
    const head = headAt(bytes, position, bytes.length, encoding)
    if (head === undefined) return undefined
    if (head.tag === itemEnd) return head.start
    const end = endOf(head, bytes, encoding, depth)
    if (end === undefined) return undefined
    position = end
  }
}

/** Where an element ends; undefined where the bytes end first. */
export const endOf = (
  head: ElementHead,
  bytes: Buffer,
  encoding: Encoding,
  depth = 0,
): number | undefined => {
  if (head.tag >>> 16 === 0xfffe) throw refused('an item lies outside a sequence')
  if (head.length === undefinedLength) {
    if (head.start + 14 > bytes.length) return undefined
    return endOfItems(bytes, head.start, innerEncoding(head, bytes, encoding), depth)
  }
  const end = head.start + head.length
  return end > bytes.length ? undefined : end
}

/** The values of some elements of one level, as far as they are there; what lies in sequences is stepped over. */
export const valuesOf = (
  bytes: Buffer,
  at: number,
  encoding: Encoding,
  wanted: ReadonlySet<number>,
): ReadonlyMap<number, Buffer> => {
  const values = new Map<number, Buffer>()
  for (let position = at; position < bytes.length;) {
    const head = headAt(bytes, position, bytes.length, encoding)
    if (head === undefined || head.tag === itemEnd) break
    const end = endOf(head, bytes, encoding)
    if (end === undefined) break
    if (wanted.has(head.tag) && head.length !== undefinedLength)
      values.set(head.tag, bytes.subarray(head.start, end))
    position = end
  }
  return values
}

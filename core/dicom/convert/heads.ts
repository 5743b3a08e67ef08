import { dictionaryVrOf, isPrivate } from '../attributes/dictionary.ts'

export const undefinedLength = 0xffffffff
export const itemTag = 0xfffee000
export const itemEndTag = 0xfffee00d
export const sequenceEndTag = 0xfffee0dd

const longVrs = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'])
const longestShort = 0xffff

/** Bytes that are one number, by VR: those that another byte order turns round (PS3.5, 7.3). AT is two of two. */
const widths: Readonly<Record<string, number>> = {
  AT: 2,
  OW: 2,
  SS: 2,
  US: 2,
  FL: 4,
  OF: 4,
  OL: 4,
  SL: 4,
  UL: 4,
  FD: 8,
  OD: 8,
  OV: 8,
  SV: 8,
  UV: 8,
}

/** How many bytes of a value belong together, whatever their order is; 1 where there is no order. */
export const widthOf = (vr: string): number => widths[vr] ?? 1

/**
 * The VR of an element that is written without one (PS3.5, 6.2 and annex A.1). Where the dictionary leaves a choice,
 * Implicit VR Little Endian has made it: pixels and the like are words.
 */
export const impliedVr = (tag: number, isSigned: boolean): string => {
  if (isPrivate(tag)) return (tag & 0xff00) === 0 && (tag & 0xffff) >= 0x10 ? 'LO' : 'UN'
  const vr = dictionaryVrOf(tag)
  if (vr === 'xs') return isSigned ? 'SS' : 'US'
  return vr === 'ox' || vr === 'lt' ? 'OW' : (vr ?? 'UN')
}

/** The head of an element in little endian (PS3.5, 7.1). A value too long for its VR is UN (6.2.2). */
export const elementHead = (tag: number, vr: string, length: number, isImplicit: boolean): Buffer => {
  if (!isImplicit && !longVrs.has(vr) && length > longestShort) return elementHead(tag, 'UN', length, false)
  const head = Buffer.alloc(!isImplicit && longVrs.has(vr) ? 12 : 8)
  head.writeUInt16LE(tag >>> 16, 0)
  head.writeUInt16LE(tag & 0xffff, 2)
  if (isImplicit) head.writeUInt32LE(length, 4)
  else {
    head.write(vr, 4, 'latin1')
    if (head.length === 12) head.writeUInt32LE(length, 8)
    else head.writeUInt16LE(length, 6)
  }
  return head
}

/** The head of an item, or a delimiter: without VR in every transfer syntax (PS3.5, 7.5). */
export const delimiter = (tag: number, length = 0): Buffer => elementHead(tag, '', length, true)

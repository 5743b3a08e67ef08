/** How an element is written: as its neighbours are. */
export interface Style {
  readonly implicitVr: boolean
  readonly littleEndian: boolean
}

const longVrs = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'])
const itemTag = 0xfffee000

/** A data element (PS3.5, 7.1) of a value of even length. */
export const elementOf = (tag: number, vr: string, value: Buffer, style: Style): Buffer => {
  // Too long for its VR: PS3.5, 6.2.2 has UN for that.
  if (!style.implicitVr && !longVrs.has(vr) && value.length > 0xfffe)
    return elementOf(tag, 'UN', value, style)
  const isLong = !style.implicitVr && longVrs.has(vr)
  const head = Buffer.alloc(isLong ? 12 : 8)
  tagInto(head, tag, style)
  if (style.implicitVr) number32Into(head, 4, value.length, style)
  else {
    head.write(vr, 4, 'latin1')
    if (isLong) number32Into(head, 8, value.length, style)
    else if (style.littleEndian) head.writeUInt16LE(value.length, 6)
    else head.writeUInt16BE(value.length, 6)
  }
  return Buffer.concat([head, value])
}

/** An item of stated length. */
export const itemOf = (content: Buffer, style: Style): Buffer => {
  const head = Buffer.alloc(8)
  tagInto(head, itemTag, style)
  number32Into(head, 4, content.length, style)
  return Buffer.concat([head, content])
}

/** The same head with another length, which is its last four bytes. */
export const withLength = (head: Buffer, length: number, style: Style): Buffer => {
  const copy = Buffer.from(head)
  number32Into(copy, copy.length - 4, length, style)
  return copy
}

/** Text as it stands in an element: padded to even length (PS3.5, 6.2). */
export const textValue = (vr: string, text: string): Buffer =>
  Buffer.from(text.length % 2 === 0 ? text : text + (vr === 'UI' ? '\0' : ' '), 'latin1')

const numbers: Readonly<
  Record<string, { readonly size: number; readonly write: (into: Buffer, text: string) => void }>
> = {
  US: { size: 2, write: (into, text) => into.writeUInt16LE(Number(text)) },
  SS: { size: 2, write: (into, text) => into.writeInt16LE(Number(text)) },
  UL: { size: 4, write: (into, text) => into.writeUInt32LE(Number(text)) },
  SL: { size: 4, write: (into, text) => into.writeInt32LE(Number(text)) },
  UV: { size: 8, write: (into, text) => into.writeBigUInt64LE(BigInt(text)) },
  SV: { size: 8, write: (into, text) => into.writeBigInt64LE(BigInt(text)) },
  FL: { size: 4, write: (into, text) => into.writeFloatLE(Number(text)) },
  FD: { size: 8, write: (into, text) => into.writeDoubleLE(Number(text)) },
}

/** True for VRs whose values are numbers of fixed size. */
export const isBinaryNumber = (vr: string): boolean => Object.hasOwn(numbers, vr)

/** Numbers as they stand in an element; throws where one does not fit its VR. */
export const numberValue = (vr: string, text: string, style: Style): Buffer => {
  const { size, write } = numbers[vr]!
  return Buffer.concat(
    text.split('\\').map((one) => {
      const value = Buffer.alloc(size)
      write(value, one)
      return style.littleEndian ? value : value.reverse()
    }),
  )
}

/** Text or numbers, as the VR wants it. */
export const valueOf = (vr: string, text: string, style: Style): Buffer =>
  isBinaryNumber(vr) ? numberValue(vr, text, style) : textValue(vr, text)

const tagInto = (into: Buffer, tag: number, { littleEndian }: Style): void => {
  if (littleEndian) {
    into.writeUInt16LE(tag >>> 16, 0)
    into.writeUInt16LE(tag & 0xffff, 2)
  } else into.writeUInt32BE(tag, 0)
}

const number32Into = (into: Buffer, at: number, value: number, { littleEndian }: Style): void => {
  if (littleEndian) into.writeUInt32LE(value, at)
  else into.writeUInt32BE(value, at)
}

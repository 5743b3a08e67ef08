export const ct = '1.2.840.10008.5.1.4.1.1.2'
export const explicit = '1.2.840.10008.1.2.1'

/** An element in Explicit VR Little Endian. */
export const element = (group: number, number: number, vr: string, value: Buffer): Buffer => {
  const long = ['OB', 'OW', 'UN'].includes(vr)
  const head = Buffer.alloc(long ? 12 : 8)
  head.writeUInt16LE(group)
  head.writeUInt16LE(number, 2)
  head.write(vr, 4, 'latin1')
  if (long) head.writeUInt32LE(value.length, 8)
  else head.writeUInt16LE(value.length, 6)
  return Buffer.concat([head, value])
}

const uid = (value: string): Buffer => Buffer.from(value.length % 2 === 0 ? value : `${value}\0`)

/** A CT in Explicit VR Little Endian: its names, pixels of so many bytes that are all the same, and more elements between. */
export const datasetOf = (sopInstanceUid: string, pixels: number, value = 0, ...more: Buffer[]): Buffer =>
  Buffer.concat([
    element(0x0008, 0x0016, 'UI', uid(ct)),
    element(0x0008, 0x0018, 'UI', uid(sopInstanceUid)),
    ...more,
    element(0x7fe0, 0x0010, 'OW', Buffer.alloc(pixels, value)),
  ])

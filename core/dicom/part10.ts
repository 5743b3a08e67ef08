import { RadDeployError } from '../error/error.ts'

/** What identifies an instance and says how its data set is encoded. */
export interface InstanceNames {
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly transferSyntaxUid: string
}

/** Ours, under the UUID-derived root of PS3.5, B.2. */
export const implementationClassUid = '2.25.148303923012571239164830219934713310885'
export const implementationVersionName = 'RADDEPLOY'

const preamble = 128
const longVrs = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'UC', 'UN', 'UR', 'UT'])

/**
 * The header of a DICOM file (PS3.10, 7.1): preamble, prefix, File Meta Information in Explicit VR Little
 * Endian. Known before the first byte of the data set, so the data set can follow as it comes.
 */
export const part10Header = (instance: InstanceNames & { readonly sourceAeTitle?: string }): Buffer => {
  const elements = [
    longElement(0x0001, 'OB', Buffer.from([0, 1])),
    element(0x0002, 'UI', uid(instance.sopClassUid)),
    element(0x0003, 'UI', uid(instance.sopInstanceUid)),
    element(0x0010, 'UI', uid(instance.transferSyntaxUid)),
    element(0x0012, 'UI', uid(implementationClassUid)),
    element(0x0013, 'SH', text(implementationVersionName)),
    ...(instance.sourceAeTitle ? [element(0x0016, 'AE', text(instance.sourceAeTitle))] : []),
  ]
  const body = Buffer.concat(elements)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(body.length)
  return Buffer.concat([Buffer.alloc(preamble), Buffer.from('DICM'), element(0x0000, 'UL', length), body])
}

/** Reads the names of an instance from the first bytes of its file; RD_DICOM_UNREADABLE where it is none. */
export const parsePart10 = (head: Buffer): InstanceNames & { readonly datasetOffset: number } => {
  if (head.toString('latin1', preamble, preamble + 4) !== 'DICM')
    throw unreadable('the file is not DICOM Part 10')
  const values = new Map<number, Buffer>()
  let at = preamble + 4
  while (at + 8 <= head.length && head.readUInt16LE(at) === 0x0002) {
    const isLong = longVrs.has(head.toString('latin1', at + 4, at + 6))
    if (isLong && at + 12 > head.length) throw unreadable('the File Meta Information is cut')
    const from = at + (isLong ? 12 : 8)
    const length = isLong ? head.readUInt32LE(at + 8) : head.readUInt16LE(at + 6)
    if (length > head.length - from) throw unreadable('the File Meta Information is cut')
    values.set(head.readUInt16LE(at + 2), head.subarray(from, from + length))
    at = from + length
  }
  const value = (tag: number): string => (values.get(tag)?.toString('latin1') ?? '').replace(/[\0 ]+$/, '')
  const names = {
    sopClassUid: value(0x0002),
    sopInstanceUid: value(0x0003),
    transferSyntaxUid: value(0x0010),
  }
  if (Object.values(names).includes('')) throw unreadable('the File Meta Information lacks a UID')
  return { ...names, datasetOffset: at }
}

const element = (tag: number, vr: string, value: Buffer): Buffer => {
  const head = Buffer.alloc(8)
  head.writeUInt16LE(0x0002)
  head.writeUInt16LE(tag, 2)
  head.write(vr, 4, 'latin1')
  head.writeUInt16LE(value.length, 6)
  return Buffer.concat([head, value])
}

const longElement = (tag: number, vr: string, value: Buffer): Buffer => {
  const head = Buffer.alloc(12)
  head.writeUInt16LE(0x0002)
  head.writeUInt16LE(tag, 2)
  head.write(vr, 4, 'latin1')
  head.writeUInt32LE(value.length, 8)
  return Buffer.concat([head, value])
}

const padded = (value: string, padding: string): Buffer =>
  Buffer.from(value.length % 2 === 0 ? value : value + padding, 'latin1')
const uid = (value: string): Buffer => padded(value, '\0')
const text = (value: string): Buffer => padded(value, ' ')

const unreadable = (why: string): RadDeployError => new RadDeployError('RD_DICOM_UNREADABLE', why, {})

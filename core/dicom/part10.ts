import { RadDeployError } from '../error/error.ts'

/** What identifies an instance and says how its data set is encoded. */
export interface InstanceNames {
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly transferSyntaxUid: string
}

/** Ours: UUID 3312df1e-4d16-4ff4-966c-e5063544cf3a as PS3.5, B.2 writes it. */
export const implementationClassUid = '2.25.67888614506528145868914460090333187898'
export const implementationVersionName = 'RADDEPLOY'

const preamble = 128
const groupLength = 0x0000
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

/**
 * Reads the names of an instance from the first bytes of its file. RD_DICOM_UNREADABLE where it is no Part 10
 * file, where a UID is missing or is none, or where the bytes end before the File Meta Information does.
 */
export const parsePart10 = (head: Buffer): InstanceNames & { readonly datasetOffset: number } => {
  if (head.toString('latin1', preamble, preamble + 4) !== 'DICM')
    throw unreadable('the file is not DICOM Part 10')
  const values = new Map<number, Buffer>()
  let at = preamble + 4
  while (isFileMeta(head, at)) {
    const isLong = longVrs.has(head.toString('latin1', at + 4, at + 6))
    const from = at + (isLong ? 12 : 8)
    if (from > head.length) throw cut()
    const length = isLong ? head.readUInt32LE(at + 8) : head.readUInt16LE(at + 6)
    if (length > head.length - from) throw cut()
    values.set(head.readUInt16LE(at + 2), head.subarray(from, from + length))
    at = from + length
  }
  // Where the bytes end here, only the group length can tell whether the File Meta Information does, too.
  const length = values.get(groupLength)
  const end = length?.length === 4 ? preamble + 4 + 12 + length.readUInt32LE() : undefined
  if (head.length - at < 8 && at !== end && isPrefixOfGroup2(head.subarray(at))) throw cut()
  return {
    sopClassUid: uidIn(values, 0x0002),
    sopInstanceUid: uidIn(values, 0x0003),
    transferSyntaxUid: uidIn(values, 0x0010),
    datasetOffset: at,
  }
}

/** True where an element of group 2 begins. A deflated data set may begin with its number, but not with a VR. */
const isFileMeta = (bytes: Buffer, at: number): boolean =>
  at + 8 <= bytes.length &&
  bytes.readUInt16LE(at) === 0x0002 &&
  /^[A-Z]{2}$/.test(bytes.toString('latin1', at + 4, at + 6))

const isPrefixOfGroup2 = (bytes: Buffer): boolean =>
  (bytes[0] ?? 0x02) === 0x02 && (bytes[1] ?? 0x00) === 0x00

const uidIn = (values: ReadonlyMap<number, Buffer>, tag: number): string => {
  const value = (values.get(tag)?.toString('latin1') ?? '').replace(/[\0 ]+$/, '')
  if (!/^[0-9.]{1,64}$/.test(value))
    throw unreadable(`(0002,${tag.toString(16).padStart(4, '0')}) of the file is no UID`)
  return value
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

const cut = (): RadDeployError => unreadable('the File Meta Information is cut')
const unreadable = (why: string): RadDeployError => new RadDeployError('RD_DICOM_UNREADABLE', why, {})

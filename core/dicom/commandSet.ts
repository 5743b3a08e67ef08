import { RadDeployError } from '../error/error.ts'

/** Elements of a command set that storage, verification and storage commitment use (PS3.7, annex E.1). */
const elements = {
  AffectedSOPClassUID: [0x0002, 'UI'],
  RequestedSOPClassUID: [0x0003, 'UI'],
  CommandField: [0x0100, 'US'],
  MessageID: [0x0110, 'US'],
  MessageIDBeingRespondedTo: [0x0120, 'US'],
  MoveDestination: [0x0600, 'AE'],
  Priority: [0x0700, 'US'],
  CommandDataSetType: [0x0800, 'US'],
  Status: [0x0900, 'US'],
  ErrorComment: [0x0902, 'LO'],
  ErrorID: [0x0903, 'US'],
  AffectedSOPInstanceUID: [0x1000, 'UI'],
  RequestedSOPInstanceUID: [0x1001, 'UI'],
  EventTypeID: [0x1002, 'US'],
  ActionTypeID: [0x1008, 'US'],
  MoveOriginatorApplicationEntityTitle: [0x1030, 'AE'],
  MoveOriginatorMessageID: [0x1031, 'US'],
} as const

type Keyword = keyof typeof elements
/** A command set: numbers for US, text for the rest. Elements that we do not know are left out. */
export type CommandSet = {
  readonly [K in Keyword]?: (typeof elements)[K][1] extends 'US' ? number : string
}

const byElement = new Map<number, [Keyword, string]>(
  Object.entries(elements).map(([keyword, [element, vr]]) => [element, [keyword as Keyword, vr]]),
)

/** Command fields (PS3.7, table E.1-1). */
export const commandField = {
  cStoreRequest: 0x0001,
  cStoreResponse: 0x8001,
  cEchoRequest: 0x0030,
  cEchoResponse: 0x8030,
  nEventReportRequest: 0x0100,
  nEventReportResponse: 0x8100,
  nActionRequest: 0x0130,
} as const

/** CommandDataSetType of a message without data set (PS3.7, 9.3.1). */
export const noDataSet = 0x0101

/** Encodes a command set: Implicit VR Little Endian, group length first (PS3.7, 6.3.1). */
export const encodeCommandSet = (command: CommandSet): Buffer => {
  const parts: Buffer[] = []
  for (const [keyword, value] of Object.entries(command).sort(
    ([a], [b]) => elements[a as Keyword][0] - elements[b as Keyword][0],
  )) {
    if (value === undefined) continue
    const [element, vr] = elements[keyword as Keyword]
    parts.push(
      encodeElement(element, vr === 'US' ? unsignedShort(value as number) : text(value as string, vr)),
    )
  }
  const body = Buffer.concat(parts)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(body.length)
  return Buffer.concat([encodeElement(0x0000, length), body])
}

const encodeElement = (element: number, value: Buffer): Buffer => {
  const head = Buffer.alloc(8)
  head.writeUInt16LE(0x0000, 0)
  head.writeUInt16LE(element, 2)
  head.writeUInt32LE(value.length, 4)
  return Buffer.concat([head, value])
}

const unsignedShort = (value: number): Buffer => {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

/** UIDs are padded with NUL, other text with a blank (PS3.5, 6.2). */
const text = (value: string, vr: string): Buffer => {
  const padded = value.length % 2 === 0 ? value : value + (vr === 'UI' ? '\0' : ' ')
  return Buffer.from(padded, 'latin1')
}

/** Decodes a command set; RD_DICOM_PROTOCOL where it is no sequence of group 0000 elements. */
export const decodeCommandSet = (bytes: Buffer): CommandSet => {
  const command: Record<string, number | string> = {}
  let at = 0
  while (at < bytes.length) {
    if (at + 8 > bytes.length) throw broken(`it ends inside an element at byte ${at}`)
    const group = bytes.readUInt16LE(at)
    const element = bytes.readUInt16LE(at + 2)
    const length = bytes.readUInt32LE(at + 4)
    const from = at + 8
    if (group !== 0x0000) throw broken(`it holds group ${group.toString(16).padStart(4, '0')}`)
    if (length > bytes.length - from) throw broken(`an element of ${length} bytes reaches past its end`)
    const known = byElement.get(element)
    if (known) {
      const [keyword, vr] = known
      if (vr === 'US' && length !== 2) throw broken(`${keyword} has ${length} bytes`)
      command[keyword] =
        vr === 'US'
          ? bytes.readUInt16LE(from)
          : bytes
              .toString('latin1', from, from + length)
              .replace(/[\0 ]+$/, '')
              .trimStart()
    }
    at = from + length
  }
  return command as CommandSet
}

const broken = (why: string): RadDeployError =>
  new RadDeployError('RD_DICOM_PROTOCOL', `the command set is not valid: ${why}`, {})

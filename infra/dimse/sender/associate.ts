import { implementationClassUid, implementationVersionName } from '../../../core/dicom/part10.ts'
import { RadDeployError } from '../../../core/error/error.ts'

/** A presentation context to propose: an abstract syntax in any one of these transfer syntaxes. */
export interface Proposal {
  readonly id: number
  readonly abstractSyntaxUid: string
  readonly transferSyntaxUids: readonly string[]
}
/** What the peer made of the proposals. */
export interface Acceptance {
  /** By context id; only those accepted, with the transfer syntax that the peer names. */
  readonly contexts: ReadonlyMap<number, string>
  /** The peer's receive limit in bytes; 0 means none. */
  readonly maxPduLength: number
}

/** Header, protocol version, AE titles and what is reserved (PS3.8, tables 9-11 and 9-17). */
const fixedLength = 6 + 68

const item = (type: number, body: Buffer): Buffer => {
  const head = Buffer.from([type, 0, 0, 0])
  head.writeUInt16BE(body.length, 2)
  return Buffer.concat([head, body])
}
const text = (type: number, value: string): Buffer => item(type, Buffer.from(value, 'latin1'))
const aeTitle = (value: string): Buffer => Buffer.from(value.padEnd(16).slice(0, 16), 'latin1')

/** Encodes an A-ASSOCIATE-RQ (PS3.8, 9.3.2). */
export const associateRequest = (
  calledAeTitle: string,
  callingAeTitle: string,
  proposals: readonly Proposal[],
  maxPduLength: number,
): Buffer => {
  const limit = Buffer.alloc(4)
  limit.writeUInt32BE(maxPduLength)
  const user = [item(0x51, limit), text(0x52, implementationClassUid), text(0x55, implementationVersionName)]
  const contexts = proposals.map(({ id, abstractSyntaxUid, transferSyntaxUids }) =>
    item(
      0x20,
      Buffer.concat([
        Buffer.from([id, 0, 0, 0]),
        text(0x30, abstractSyntaxUid),
        ...transferSyntaxUids.map((uid) => text(0x40, uid)),
      ]),
    ),
  )
  const body = Buffer.concat([
    Buffer.from([0, 1, 0, 0]),
    aeTitle(calledAeTitle),
    aeTitle(callingAeTitle),
    Buffer.alloc(32),
    text(0x10, '1.2.840.10008.3.1.1.1'),
    ...contexts,
    item(0x50, Buffer.concat(user)),
  ])
  const head = Buffer.from([1, 0, 0, 0, 0, 0])
  head.writeUInt32BE(body.length, 2)
  return Buffer.concat([head, body])
}

/** Decodes an A-ASSOCIATE-AC (PS3.8, 9.3.3); RD_DICOM_PROTOCOL where its items do not add up. */
export const readAssociateAccept = (pdu: Buffer): Acceptance => {
  const contexts = new Map<number, string>()
  let maxPduLength = 0
  if (pdu.length < fixedLength) throw cut()
  for (const { type, body } of items(pdu.subarray(fixedLength))) {
    if (type === 0x21 && body.length >= 4 && body[2] === 0) {
      const syntax = items(body.subarray(4)).find((one) => one.type === 0x40)
      contexts.set(body[0]!, syntax ? syntax.body.toString('latin1').replace(/[\0 ]+$/, '') : '')
    }
    if (type === 0x50)
      for (const inner of items(body))
        if (inner.type === 0x51 && inner.body.length === 4) maxPduLength = inner.body.readUInt32BE()
  }
  return { contexts, maxPduLength }
}

const items = (bytes: Buffer): { type: number; body: Buffer }[] => {
  const found: { type: number; body: Buffer }[] = []
  for (let at = 0; at < bytes.length;) {
    if (at + 4 > bytes.length || at + 4 + bytes.readUInt16BE(at + 2) > bytes.length) throw cut()
    const end = at + 4 + bytes.readUInt16BE(at + 2)
    found.push({ type: bytes[at]!, body: bytes.subarray(at + 4, end) })
    at = end
  }
  return found
}

const cut = (): RadDeployError => new RadDeployError('RD_DICOM_PROTOCOL', 'the A-ASSOCIATE-AC is cut', {})

import { RadDeployError } from '../../core/error/error.ts'
import { type Titles } from './handler.ts'

/** What must be known of an A-ASSOCIATE-RQ before dcmjs-dimse may see it (PS3.8, 9.3.2). */
export interface AssociateRequest {
  /** The whole PDU with its presentation contexts in the order of their ids, as the library needs it. */
  readonly pdu: Buffer
  readonly protocolVersion: number
  readonly applicationContext: string
  readonly titles: Titles
}

const maxContexts = 128
const fixedLength = 6 + 68

/**
 * Checks the structure of an A-ASSOCIATE-RQ and puts its contexts in order: the library renumbers ids that
 * do not ascend, and dies of more than 128 or of two that are the same. RD_DICOM_PROTOCOL where it is broken.
 */
export const checkAssociateRequest = (pdu: Buffer): AssociateRequest => {
  if (pdu.length < fixedLength) throw broken('the A-ASSOCIATE-RQ is too short')
  const items: { type: number; bytes: Buffer }[] = []
  for (let at = fixedLength; at < pdu.length;) {
    if (at + 4 > pdu.length) throw broken('an item of the A-ASSOCIATE-RQ is cut')
    const end = at + 4 + pdu.readUInt16BE(at + 2)
    if (end > pdu.length) throw broken('an item reaches past the end of the A-ASSOCIATE-RQ')
    items.push({ type: pdu[at]!, bytes: pdu.subarray(at, end) })
    at = end
  }
  const contexts = items.filter(({ type }) => type === 0x20)
  const ids = contexts.map(({ bytes }) => contextId(bytes))
  if (contexts.length > maxContexts) throw broken(`it proposes ${contexts.length} presentation contexts`)
  if (new Set(ids).size !== ids.length) throw broken('a presentation context id occurs twice')
  const wrong = ids.find((id) => id % 2 === 0)
  if (wrong !== undefined) throw broken(`presentation context id ${wrong} is not odd`)
  const ordered = [...contexts].sort((a, b) => contextId(a.bytes) - contextId(b.bytes))
  const others = items.filter(({ type }) => type !== 0x20)
  const [before, after] = [others.filter(({ type }) => type < 0x20), others.filter(({ type }) => type > 0x20)]
  return {
    pdu: Buffer.concat([
      pdu.subarray(0, fixedLength),
      ...[...before, ...ordered, ...after].map(({ bytes }) => bytes),
    ]),
    protocolVersion: pdu.readUInt16BE(6),
    applicationContext: text(items.find(({ type }) => type === 0x10)?.bytes.subarray(4)),
    titles: { called: text(pdu.subarray(10, 26)), calling: text(pdu.subarray(26, 42)) },
  }
}

const contextId = (item: Buffer): number => {
  if (item.length < 8) throw broken('a presentation context is too short')
  for (let at = 8; at < item.length;) {
    if (at + 4 > item.length || at + 4 + item.readUInt16BE(at + 2) > item.length)
      throw broken('a presentation context is cut')
    at += 4 + item.readUInt16BE(at + 2)
  }
  return item[4]!
}

const text = (bytes: Buffer | undefined): string =>
  (bytes ?? Buffer.alloc(0)).toString('latin1').replace(/[\0 ]+$/, '')

const broken = (why: string): RadDeployError => new RadDeployError('RD_DICOM_PROTOCOL', why, {})

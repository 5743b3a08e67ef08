import { pduType } from './pduReader.ts'

const headers = 12

/**
 * P-DATA-TF PDUs that carry one command set or a piece of a data set (PS3.8, 9.3.5), cut to the peer's
 * receive limit in bytes; 0 means the peer has none.
 */
export const dataPdu = (
  contextId: number,
  value: Buffer,
  isCommand: boolean,
  maxPduLength: number,
  isLast = true,
): Buffer => {
  // Fragments are even: some peers break off at an odd one. A limit that nothing fits is not kept.
  const room = maxPduLength === 0 ? value.length : Math.max((maxPduLength - 6) & ~1, 2)
  const pdus: Buffer[] = []
  for (let at = 0; at < value.length || at === 0; at += room) {
    const piece = value.subarray(at, at + room)
    const head = Buffer.alloc(headers)
    head[0] = pduType.data
    head.writeUInt32BE(piece.length + 6, 2)
    head.writeUInt32BE(piece.length + 2, 6)
    head[10] = contextId
    head[11] = (isCommand ? 1 : 0) | (isLast && at + room >= value.length ? 2 : 0)
    pdus.push(head, piece)
  }
  return Buffer.concat(pdus)
}

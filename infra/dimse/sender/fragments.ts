import { RadDeployError } from '../../../core/error/error.ts'
import { pduType } from '../pduReader.ts'

const pdvHeader = 6
/** The longest P-DATA-TF that we send to a peer without limit, in bytes after its header. */
const longest = 131_072

/**
 * Bytes of a data set that one P-DATA-TF can carry to a peer with this receive limit (PS3.8, D.1; 0 means
 * none). Even, since fragments must be (PS3.8, annex E.1); 0 where the limit leaves room for nothing.
 */
export const roomFor = (maxPduLength: number): number => {
  const limit = maxPduLength === 0 ? longest : Math.min(maxPduLength, longest)
  return Math.max(0, Math.floor((limit - pdvHeader) / 2) * 2)
}

/**
 * Cuts a data set of `total` bytes into P-DATA-TF PDUs while it comes. Since the total is known, so is the
 * length of each PDU before its bytes: nothing is collected and nothing copied. Takes the next bytes, gives
 * what goes out.
 */
export const fragmenter = (
  contextId: number,
  total: number,
  room: number,
): ((bytes: Buffer) => readonly Buffer[]) => {
  let left = total
  let leftInPdu = 0
  return (bytes) => {
    const out: Buffer[] = []
    for (let at = 0; at < bytes.length;) {
      if (leftInPdu === 0) {
        leftInPdu = Math.min(room, left)
        out.push(pduHeader(contextId, leftInPdu, leftInPdu === left))
      }
      const piece = bytes.subarray(at, at + leftInPdu)
      out.push(piece)
      at += piece.length
      leftInPdu -= piece.length
      left -= piece.length
    }
    return out
  }
}

/**
 * Cuts a data set while it comes, and keeps the last of it back: the peer may have the whole only once the source
 * has ended well.
 */
export interface Cutter {
  /** What may go out by now. */
  push(bytes: Buffer): readonly Buffer[]
  /** The rest, when the source has ended. */
  end(): readonly Buffer[]
}

/** Of a data set of known size; RD_DICOM_UNREADABLE where it has another. What is odd gets one 00. */
export const counted = (contextId: number, room: number, size: number): Cutter => {
  const cut = fragmenter(contextId, size + (size % 2), room)
  let kept: readonly Buffer[] = []
  let read = 0
  return {
    push: (bytes) => {
      read += bytes.length
      if (read > size) throw unlike(size)
      const before = kept
      kept = cut(bytes)
      return before
    },
    end: () => {
      if (read !== size) throw unlike(size)
      return [...kept, ...cut(Buffer.alloc(size % 2))]
    },
  }
}

/** Of a data set whose size is known only at its end: whole PDUs, whose bytes are collected. */
export const collected = (contextId: number, room: number): Cutter => {
  let held: Buffer[] = []
  let length = 0
  let total = 0
  const pdu = (count: number, isLast: boolean): readonly Buffer[] => {
    const all = Buffer.concat(held)
    held = [all.subarray(count)]
    length -= count
    return [pduHeader(contextId, count, isLast), all.subarray(0, count)]
  }
  return {
    push: (bytes) => {
      held.push(bytes)
      length += bytes.length
      total += bytes.length
      const out: Buffer[] = []
      while (length > room) out.push(...pdu(room, false))
      return out
    },
    end: () => {
      if (total === 0 || total % 2 === 1)
        throw new RadDeployError('RD_DICOM_UNREADABLE', `the data set came to ${total} bytes`, {})
      return pdu(length, true)
    },
  }
}

const unlike = (size: number): RadDeployError =>
  new RadDeployError('RD_DICOM_UNREADABLE', `the data set has not the ${size} bytes that were announced`, {
    size,
  })

/** Of a P-DATA-TF with one data set fragment (PS3.8, 9.3.5 and annex E.2). */
const pduHeader = (contextId: number, length: number, isLast: boolean): Buffer => {
  const head = Buffer.alloc(6 + pdvHeader)
  head[0] = pduType.data
  head.writeUInt32BE(length + pdvHeader, 2)
  head.writeUInt32BE(length + 2, 6)
  head[10] = contextId
  head[11] = isLast ? 2 : 0
  return head
}

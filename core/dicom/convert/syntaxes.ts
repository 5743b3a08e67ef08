import { type Encoding } from '../attributes/elements.ts'
import { implicitVrLittleEndian, isDeflated } from '../transferSyntax.ts'

export const explicitVrLittleEndian = '1.2.840.10008.1.2.1'
const explicitVrBigEndian = '1.2.840.10008.1.2.2'
const deflatedExplicitVrLittleEndian = '1.2.840.10008.1.2.1.99'
export const rleLossless = '1.2.840.10008.1.2.5'

/** What every peer must take one of (PS3.5, 10.1), and what we can write, the better one first. */
export const writable: readonly string[] = [explicitVrLittleEndian, implicitVrLittleEndian]

const readable = new Set([...writable, explicitVrBigEndian, deflatedExplicitVrLittleEndian, rleLossless])

/** True where a data set in one transfer syntax can be written in the other without any loss. */
export const isConvertible = (from: string, to: string): boolean =>
  from !== to && readable.has(from) && writable.includes(to)

/** How a data set in this transfer syntax is written, once it is inflated. */
export const encodingOf = (transferSyntaxUid: string): Encoding => ({
  implicitVr: transferSyntaxUid === implicitVrLittleEndian,
  littleEndian: transferSyntaxUid !== explicitVrBigEndian,
})

/** True where to inflate it is all there is to do. */
export const isOnlyInflated = (from: string, to: string): boolean =>
  isDeflated(from) && to === explicitVrLittleEndian

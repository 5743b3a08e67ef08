/** Statuses that we answer with: PS3.4, table B.2-1 (storage), and PS3.7, annex C (general). */
export const status = {
  success: 0x0000,
  /** PS3.7, C.5.10. */
  processingFailure: 0x0110,
  /** PS3.7, C.5.23. */
  sopClassNotSupported: 0x0122,
  /** PS3.7, C.5.25. */
  unrecognizedOperation: 0x0211,
  /** PS3.4, B.2.3: Refused, out of resources (A7xx). */
  outOfResources: 0xa700,
  /** PS3.4, B.2.3: Error, data set does not match SOP class (A9xx). */
  dataSetMismatch: 0xa900,
  /** PS3.4, B.2.3: Error, cannot understand (Cxxx). */
  cannotUnderstand: 0xc000,
} as const

/** What a status means for who sent the instance. */
export type StatusClass = 'success' | 'warning' | 'failure'

/** Warnings of the general annex and of storage: attribute list error, attribute value out of range, Bxxx. */
const warnings = new Set([0x0001, 0x0107, 0x0116])

/** Success is 0000; 0001, Bxxx, 0107 and 0116 are warnings (PS3.7, C.1 to C.3): the instance was stored. */
export const classify = (code: number): StatusClass => {
  if (code === status.success) return 'success'
  return warnings.has(code) || code >> 12 === 0xb ? 'warning' : 'failure'
}

/** A status as people write it, e.g. `A700H`. */
export const statusText = (code: number): string => `${code.toString(16).toUpperCase().padStart(4, '0')}H`

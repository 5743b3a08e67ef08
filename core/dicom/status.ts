/** What a status means for who sent the instance. */
export type StatusClass = 'success' | 'warning' | 'failure'

/** A row of a status table: the codes that equal `code` where `mask` has a one. */
interface StatusRow {
  readonly code: number
  readonly mask: number
  readonly class: StatusClass
  readonly meaning: string
}

const one = (code: number, kind: StatusClass, meaning: string): StatusRow => ({
  code,
  mask: 0xffff,
  class: kind,
  meaning,
})
const range = (code: number, mask: number, kind: StatusClass, meaning: string): StatusRow => ({
  code,
  mask,
  class: kind,
  meaning,
})

/** Statuses of C-STORE; the first row that fits counts. */
const rows: readonly StatusRow[] = [
  one(0x0000, 'success', 'success'),
  // PS3.4, table B.2-1: statuses of the storage service.
  range(0xa700, 0xff00, 'failure', 'refused: out of resources'),
  range(0xa900, 0xff00, 'failure', 'data set does not match SOP class'),
  one(0xb000, 'warning', 'coercion of data elements'),
  one(0xb006, 'warning', 'elements discarded'),
  one(0xb007, 'warning', 'data set does not match SOP class'),
  range(0xc000, 0xf000, 'failure', 'cannot understand'),
  // PS3.7, C.4: warnings of any service.
  one(0x0001, 'warning', 'warning'),
  one(0x0107, 'warning', 'attribute list error'),
  one(0x0116, 'warning', 'attribute value out of range'),
  // PS3.7, C.5: failures of any service that an SCP of storage may give (PS3.7, 9.1.1.1.9).
  one(0x0110, 'failure', 'processing failure'),
  one(0x0111, 'failure', 'duplicate SOP instance'),
  one(0x0115, 'failure', 'invalid argument value'),
  one(0x0117, 'failure', 'invalid SOP instance'),
  one(0x0122, 'failure', 'SOP class not supported'),
  one(0x0124, 'failure', 'not authorized'),
  one(0x0210, 'failure', 'duplicate invocation'),
  one(0x0211, 'failure', 'unrecognized operation'),
  one(0x0212, 'failure', 'mistyped argument'),
  one(0x0213, 'failure', 'resource limitation'),
  // PS3.7, annex C: what the rest of the numbers mean, whoever assigned them.
  range(0xb000, 0xf000, 'warning', 'warning of this service'),
  range(0x0000, 0x0000, 'failure', 'failure'),
]

/** Statuses that we answer with; where they are defined says the table above. */
export const status = {
  success: 0x0000,
  processingFailure: 0x0110,
  sopClassNotSupported: 0x0122,
  unrecognizedOperation: 0x0211,
  outOfResources: 0xa700,
  dataSetMismatch: 0xa900,
  cannotUnderstand: 0xc000,
} as const

const rowOf = (code: number): StatusRow => rows.find((row) => (code & row.mask) === row.code)!

/**
 * The class of a status. With a warning the instance was stored; pending (FF00) and cancel (FE00) do not
 * exist for C-STORE and are failures, as is every code that no table assigns.
 */
export const classify = (code: number): StatusClass => rowOf(code).class

/** A status as people write it, with its meaning, e.g. `A700H refused: out of resources`. */
export const statusText = (code: number): string =>
  `${code.toString(16).toUpperCase().padStart(4, '0')}H ${rowOf(code).meaning}`

/** What became of one file of a delivery. `comment` is the destination's where there is a status, and may hold patient data. */
export interface InstanceResult {
  /** Path of the file. */
  readonly id: string
  /** Empty for what is not DICOM. */
  readonly sopInstanceUid: string
  /** `notAttempted`: not sent, or not answered; it may have arrived nonetheless. */
  readonly outcome: 'success' | 'warning' | 'failure' | 'notAttempted'
  /** What the destination answered: a DIMSE status or failure reason, or an HTTP status. */
  readonly status: number | null
  readonly comment: string | null
  /** The transfer syntax that it was sent in, where that is not the one it is stored in. */
  readonly transferSyntaxUid?: string
  /** Where storage commitment is asked for. */
  readonly sopClassUid?: string
  /** The destination has committed itself to keep it (PS3.4, annex J). */
  readonly committed?: boolean
}

/** Who a result is of. */
export interface Named {
  readonly id: string
  readonly sopInstanceUid?: string
}

const longestComment = 2000
const cut = (text: string | null): string | null =>
  text !== null && text.length > longestComment ? `${text.slice(0, longestComment)}…` : text

/** The destination answered. */
export const answered = (
  { id, sopInstanceUid = '' }: Named,
  outcome: 'success' | 'warning' | 'failure',
  status: number | null,
  comment: string | null,
): InstanceResult => ({ id, sopInstanceUid, outcome, status, comment: cut(comment) })

/** We cannot send it to this destination, now or later. */
export const unsendable = ({ id, sopInstanceUid = '' }: Named, why: string): InstanceResult => ({
  id,
  sopInstanceUid,
  outcome: 'failure',
  status: null,
  comment: cut(why),
})

/** It was not sent, or not answered; another attempt may do better. */
export const notAttempted = ({ id, sopInstanceUid = '' }: Named, why: string): InstanceResult => ({
  id,
  sopInstanceUid,
  outcome: 'notAttempted',
  status: null,
  comment: cut(why),
})

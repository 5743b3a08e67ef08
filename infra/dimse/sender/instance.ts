import { type Readable } from 'node:stream'

/** One instance to send, its data set as it is stored. */
export interface Instance {
  readonly id: string
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly transferSyntaxUid: string
  /** Length of the data set in bytes. */
  readonly size: number
  /** The data set: the bytes of the file after its File Meta Information. */
  open(): Promise<Readable>
}

/** What became of one instance. `comment` is the peer's where there is a status, and may hold patient data. */
export interface InstanceResult {
  readonly id: string
  readonly sopInstanceUid: string
  /** `notAttempted`: not sent, or not answered; it may have arrived nonetheless. */
  readonly outcome: 'success' | 'warning' | 'failure' | 'notAttempted'
  readonly status: number | null
  readonly comment: string | null
}

/** The peer answered. */
export const answered = (
  { id, sopInstanceUid }: Instance,
  outcome: 'success' | 'warning' | 'failure',
  status: number,
  comment: string | null,
): InstanceResult => ({ id, sopInstanceUid, outcome, status, comment })

/** We cannot send it to this peer, now or later. */
export const unsendable = ({ id, sopInstanceUid }: Instance, why: string): InstanceResult => ({
  id,
  sopInstanceUid,
  outcome: 'failure',
  status: null,
  comment: why,
})

/** It was not sent, or not answered; another attempt may do better. */
export const notAttempted = (
  { id, sopInstanceUid }: Pick<Instance, 'id' | 'sopInstanceUid'>,
  why: string,
): InstanceResult => ({ id, sopInstanceUid, outcome: 'notAttempted', status: null, comment: why })

import { type Readable } from 'node:stream'

export { type InstanceResult, answered, notAttempted, unsendable } from '../../../core/delivery/result.ts'

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

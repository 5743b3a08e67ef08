import { type Instance, type InstanceResult } from '../../../infra/dimse/sender/send.ts'
import { type Destination } from '../../../schemas/generated/shared.ts'

/** Sends instances to one kind of destination; throws where the destination as a whole cannot be reached. */
export type Send = (
  destination: Destination,
  what: {
    readonly callingAeTitle: string
    readonly instances: readonly Instance[]
    readonly signal: AbortSignal
  },
) => Promise<readonly InstanceResult[]>

import { type Instance, type InstanceResult } from '../../../infra/dimse/sender/instance.ts'
import { type Timeouts } from '../../../infra/dimse/sender/requestor.ts'
import { type Destination } from '../../../schemas/generated/shared.ts'

/** What is to be sent, and how. */
export interface Shipment {
  readonly callingAeTitle: string
  readonly timeouts: Timeouts
  readonly instances: readonly Instance[]
  readonly signal: AbortSignal
  /** Hears what kept instances from being sent, where it was not the destination's answer to them. */
  readonly onTrouble: (error: unknown) => void
}

/** Sends to one kind of destination; throws where it cannot be reached at all, and then nothing was sent. */
export type Send = (destination: Destination, shipment: Shipment) => Promise<readonly InstanceResult[]>

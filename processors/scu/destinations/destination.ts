import { type InstanceResult } from '../../../core/delivery/result.ts'
import { type Secrets } from '../../../core/delivery/secret.ts'
import { type Destination } from '../../../schemas/generated/shared.ts'
import { type ScuSettings } from '../config.ts'
import { type OutgoingInstance } from '../instances.ts'
import { type OutgoingFile } from '../outgoing.ts'

/** What is to be sent, and how. */
export interface Shipment<Item = OutgoingFile> {
  readonly deliveryId: string
  readonly runId: string
  /** From 1. */
  readonly attempt: number
  readonly settings: ScuSettings
  readonly secrets: Secrets
  readonly items: readonly Item[]
  readonly signal: AbortSignal
  /** Hears what kept files from being sent, where it was not the destination's answer to them. */
  readonly onTrouble: (error: unknown) => void
}

/**
 * Sends to one kind of destination, and says what became of each item, in the order in which they were tried.
 * Throws where it cannot be reached at all, and then nothing was sent.
 */
export type Send<Item> = (
  destination: Destination,
  shipment: Shipment<Item>,
) => Promise<readonly InstanceResult[]>

/** Once all is acknowledged, asks what more the flow wants of the destination; gives what is known then. */
export type Settle = (
  destination: Destination,
  shipment: Omit<Shipment, 'items'>,
  results: readonly InstanceResult[],
) => Promise<readonly InstanceResult[]>

/** A kind of destination: it takes any file, or DICOM only. */
export type DestinationType =
  | { readonly takes: 'files'; readonly send: Send<OutgoingFile>; readonly settle?: undefined }
  | { readonly takes: 'instances'; readonly send: Send<OutgoingInstance>; readonly settle?: Settle }

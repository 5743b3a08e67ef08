/**
 * Deliveries: outputs on their way to destinations, and every attempt; and which destinations people paused.
 * Reads deliveries, and commands about destinations; one row per delivery, per attempt and per destination. The views
 * delivery_overview and destination_overview join them.
 */
import { type Projection } from '../runtime/projection.ts'
import { type In, map } from './map.ts'

export const deliveries: Projection<In> = {
  name: 'deliveries',
  reads: [
    'DeliveryQueued',
    'DeliveryAttempted',
    'DeliveryFinished',
    'DeliveryFailed',
    'DeliveryReopened',
    'DeliveryRedirected',
    'DeliveryDropped',
    'DestinationPaused',
    'DestinationResumed',
  ],
  map,
}

/**
 * Deliveries: outputs on their way to destinations, and every attempt.
 * Reads deliveries; one row per delivery, and one per attempt. The view delivery_overview joins them.
 */
import { type Projection } from '../runtime/projection.ts'
import { type In, map } from './map.ts'

export const deliveries: Projection<In> = {
  name: 'deliveries',
  reads: ['DeliveryQueued', 'DeliveryAttempted', 'DeliveryFinished', 'DeliveryFailed'],
  map,
}

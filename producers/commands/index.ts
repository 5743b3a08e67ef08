/**
 * Commands: what people ask for, as events.
 * Writes CancelRequested; WorkerDrained, WorkerResumed; RetryRequested, RedirectRequested, DropRequested;
 * DestinationPaused, DestinationResumed. Who asks and why is part of the event; what comes of it is said by the processor
 * that it is for.
 */
export { type Asking, requestCancel } from './cancel.ts'
export { type DeliveryCommand, commandDeliveries } from './delivery.ts'
export { type DestinationCommand, commandDestination } from './destination.ts'
export { type WorkerCommand, commandWorker } from './worker.ts'

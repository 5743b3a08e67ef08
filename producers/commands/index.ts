/**
 * Commands: what people ask for, as events.
 * Writes CancelRequested, WorkerDrained, WorkerResumed. Who asks and why is part of the event; what comes of it is said
 * by the processor that it is for.
 */
export { type Asking, requestCancel } from './cancel.ts'
export { type WorkerCommand, commandWorker } from './worker.ts'

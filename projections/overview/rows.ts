import { z } from 'zod'
import { instant, integer } from '../runtime/rows.ts'

/** A row of the view run_overview. */
export const runRow = z.object({
  runId: z.string(),
  status: z.enum(['created', 'running', 'finished', 'failed', 'cancelled']),
  deliveryStatus: z.enum(['none', 'pending', 'finished', 'failed', 'dropped']),
  flowName: z.string().nullable(),
  flowVersion: z.string().nullable(),
  flowHash: z.string().nullable(),
  bundleId: z.string().nullable(),
  associationIds: z.array(z.string()).nullable(),
  correlationId: z.string(),
  callingAe: z.string().nullable(),
  callingHost: z.string().nullable(),
  calledAe: z.string().nullable(),
  inputFiles: integer.nullable(),
  inputBytes: integer.nullable(),
  inputManifestKey: z.string().nullable(),
  outputFiles: integer.nullable(),
  outputBytes: integer.nullable(),
  outputManifestKey: z.string().nullable(),
  rerunOf: z.string().nullable(),
  createdAt: instant.nullable(),
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
  deliveredAt: instant.nullable(),
  durationMs: integer.nullable(),
  jobs: integer,
  jobsWaiting: integer,
  jobsRunning: integer,
  jobsFinished: integer,
  jobsFailed: integer,
  jobsSkipped: integer,
  /** Of those that wait: that no worker could take, as was said last. */
  jobsUnplaceable: integer,
  deliveries: integer,
  deliveriesFinished: integer,
  deliveriesFailed: integer,
  deliveriesDropped: integer,
  failedModel: z.string().nullable(),
  cancelledBy: z.string().nullable(),
  reason: z.string().nullable(),
})
export type RunRow = z.output<typeof runRow>

/** A row of the table models. */
export const modelRow = z.object({
  runId: z.string(),
  jobId: z.string(),
  /** From 1; 0 where the model was skipped. */
  attempt: integer,
  model: integer.nullable(),
  name: z.string().nullable(),
  status: z.enum(['queued', 'assigned', 'running', 'finished', 'failed', 'cancelled', 'skipped']),
  cpusNeeded: z.number().nullable(),
  memoryNeeded: integer.nullable(),
  gpusNeeded: integer.nullable(),
  gpuMemoryNeeded: integer.nullable(),
  labelsNeeded: z.array(z.string()).nullable(),
  /** It waits until then, by the back-off of the flow. */
  notBefore: instant.nullable(),
  /** When and why no worker could take it; it holds only while the status is queued. */
  unplaceableAt: instant.nullable(),
  unplaceableReason: z.string().nullable(),
  workerId: z.string().nullable(),
  slot: integer.nullable(),
  gpus: z.array(z.string()).nullable(),
  image: z.string().nullable(),
  imageDigest: z.string().nullable(),
  containerName: z.string().nullable(),
  containerId: z.string().nullable(),
  queuedAt: instant.nullable(),
  assignedAt: instant.nullable(),
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
  waitedMs: integer.nullable(),
  runMs: integer.nullable(),
  exitCode: integer.nullable(),
  failureKind: z.string().nullable(),
  message: z.string().nullable(),
  logKey: z.string().nullable(),
  logTailKey: z.string().nullable(),
  stepHash: z.string().nullable(),
  /** The attempt whose outputs it took over, so that no container ran. */
  reusedFromRun: z.string().nullable(),
  reusedFromJob: z.string().nullable(),
  reusedFromAttempt: integer.nullable(),
})
export type ModelRow = z.output<typeof modelRow>

/** A row of the view association_overview. */
export const associationRow = z.object({
  associationId: z.string(),
  status: z.string(),
  callingAe: z.string().nullable(),
  callingHost: z.string().nullable(),
  calledAe: z.string().nullable(),
  /** Way in: dimse, stow-rs or folder. */
  via: z.string().nullable(),
  tls: z.string().nullable(),
  clientCertificate: z.string().nullable(),
  /** Flows that it may trigger; null for all. */
  flows: z.array(z.string()).nullable(),
  openedAt: instant.nullable(),
  closedAt: instant.nullable(),
  durationMs: integer.nullable(),
  reason: z.string().nullable(),
  instancesStored: integer,
  instancesRefused: integer,
  bytes: integer,
  modalities: z.array(z.string()).nullable(),
  bundleId: z.string().nullable(),
  bundleComplete: z.boolean().nullable(),
  bundleStatus: z.string().nullable(),
  unmatchedReason: z.string().nullable(),
  runs: integer,
})
export type AssociationRow = z.output<typeof associationRow>

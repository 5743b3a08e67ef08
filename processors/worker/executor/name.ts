import { type ModelAssigned } from '../../../schemas/generated/runs.ts'

/** What names an attempt on an engine. */
export type AttemptId = Pick<ModelAssigned, 'jobId' | 'attempt'>

/** The name of the container of an attempt. The engine allows a name once: creating it is the lock. */
export const containerName = ({ jobId, attempt }: AttemptId): string =>
  `raddeploy-${jobId.replace(/[^A-Za-z0-9_.-]/g, '-')}-${attempt}`

/** Labels by which containers and volumes are found again, and kept apart from those of others. */
export const label = {
  installation: 'raddeploy.installation',
  worker: 'raddeploy.worker',
  run: 'raddeploy.run',
  job: 'raddeploy.job',
  attempt: 'raddeploy.attempt',
  /** What the tag stood for when the container was made, for it may stand for something else later. */
  imageDigest: 'raddeploy.image-digest',
  /** What its outputs follow from (stepHash.ts), computed when the container was made. */
  stepHash: 'raddeploy.step-hash',
} as const

/** The labels of everything that belongs to an attempt. */
export const labelsOf = (
  assigned: Pick<ModelAssigned, 'runId' | 'jobId' | 'attempt' | 'workerId'>,
  installation: string,
): Record<string, string> => ({
  [label.installation]: installation,
  [label.worker]: assigned.workerId,
  [label.run]: assigned.runId,
  [label.job]: assigned.jobId,
  [label.attempt]: String(assigned.attempt),
})

/** A Docker filter for things that carry all these labels. */
export const withLabels = (labels: Readonly<Record<string, string>>): { label: string[] } => ({
  label: Object.entries(labels).map(([name, value]) => `${name}=${value}`),
})

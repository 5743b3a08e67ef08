import { type Recorded } from '../../core/event/event.ts'
import { type Columns, type RowChange } from '../runtime/projection.ts'

type Step = 'ModelQueued' | 'ModelAssigned' | 'ModelStarted' | 'ModelFinished' | 'ModelFailed'
export type In = Step | 'ModelSkipped' | 'ModelUnplaceable' | 'RunCancelled'

/** Of two assignments of an attempt the first holds, and of two outcomes; of why it cannot be placed the last. */
export const map = (event: Recorded<In>): readonly RowChange[] => {
  if (event.type === 'RunCancelled') return cancelled(event)
  if (event.type === 'ModelSkipped') return [skipped(event)]
  const { runId, jobId, attempt } = event.data
  const row = { table: 'models', key: { run_id: runId, job_id: jobId, attempt } }
  if (event.type !== 'ModelUnplaceable') return [{ ...row, once: stepOf(event) }]
  return [{ ...row, set: { unplaceable_at: event.meta.time, unplaceable_reason: event.data.reason } }]
}

/** No attempt was made: the row is of attempt 0. */
const skipped = ({ data, meta }: Recorded<'ModelSkipped'>): RowChange => ({
  table: 'models',
  key: { run_id: data.runId, job_id: data.jobId, attempt: 0 },
  once: {
    outcome: {
      outcome: 'skipped',
      ended_at: meta.time,
      model: data.model,
      name: data.name,
      message: data.reason,
    },
  },
})

/** The attempts that waited or ran when their run was cancelled. */
const cancelled = ({ data, meta }: Recorded<'RunCancelled'>): readonly RowChange[] =>
  data.attempts.map(({ jobId, attempt }) => ({
    table: 'models',
    key: { run_id: data.runId, job_id: jobId, attempt },
    once: { outcome: { outcome: 'cancelled', ended_at: meta.time } },
  }))

const stepOf = ({ type, data, meta }: Recorded<Step>): Readonly<Record<string, Columns>> => {
  switch (type) {
    case 'ModelQueued':
      return {
        queued_at: {
          queued_at: meta.time,
          model: data.model,
          name: data.name,
          priority: data.priority,
          cpus_needed: data.cpus,
          memory_needed: data.memory || null,
          gpus_needed: data.gpus,
          gpu_memory_needed: data.gpuMemory || null,
          labels_needed: data.labels,
          not_before: data.notBefore === null ? null : new Date(Number(data.notBefore)).toISOString(),
          timeout_ms: data.timeoutMs,
          input_files: data.inputs.reduce((sum, { files }) => sum + files, 0),
          input_bytes: data.inputs.reduce((sum, { bytes }) => sum + bytes, 0),
        },
      }
    case 'ModelAssigned': {
      const { workerId, slot, gpus } = data
      return { assigned_at: { assigned_at: meta.time, worker_id: workerId, slot, gpus } }
    }
    case 'ModelStarted':
      return {
        started_at: {
          started_at: meta.time,
          container_name: data.containerName,
          container_id: data.containerId,
          image: data.image,
          image_digest: data.imageDigest,
        },
      }
    case 'ModelFinished':
      return {
        outcome: {
          outcome: 'finished',
          ended_at: meta.time,
          ended_by: data.workerId,
          run_ms: data.durationMs,
          exit_code: data.exitCode,
          log_key: data.log?.key ?? null,
          outputs: data.outputs,
          step_hash: data.stepHash,
          reused_from_run: data.reusedFrom?.runId ?? null,
          reused_from_job: data.reusedFrom?.jobId ?? null,
          reused_from_attempt: data.reusedFrom?.attempt ?? null,
        },
      }
    case 'ModelFailed':
      return {
        outcome: {
          outcome: 'failed',
          ended_at: meta.time,
          ended_by: data.workerId,
          run_ms: data.durationMs,
          exit_code: data.exitCode,
          log_key: data.log?.key ?? null,
          failure_kind: data.kind,
          message: data.message,
          log_tail_key: data.logTail?.key ?? null,
        },
      }
  }
}

import { type Recorded } from '../../core/event/event.ts'
import { type Columns, type RowChange } from '../runtime/projection.ts'

type Step = 'ModelQueued' | 'ModelAssigned' | 'ModelStarted' | 'ModelFinished' | 'ModelFailed'
export type In = Step | 'RunCancelled'

/** Of two assignments of an attempt the first holds, and of two outcomes. */
export const map = (event: Recorded<In>): readonly RowChange[] => {
  if (event.type === 'RunCancelled') return cancelled(event)
  const { runId, jobId, attempt } = event.data
  return [
    {
      table: 'models',
      key: { run_id: runId, job_id: jobId, attempt },
      once: stepOf(event),
    },
  ]
}

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
          gpus_needed: data.gpus,
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

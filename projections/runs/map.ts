import { type Recorded } from '../../core/event/event.ts'
import { mountColumns, peerColumns } from '../runtime/columns.ts'
import { type RowChange } from '../runtime/projection.ts'

export type In = 'RunCreated' | 'ModelStarted' | 'RunFinished' | 'RunFailed' | 'RunCancelled'

/** The first end of a run holds. */
export const map = ({ type, data, meta }: Recorded<In>): readonly RowChange[] => {
  const row = {
    table: 'runs',
    key: { run_id: data.runId },
    set: { correlation_id: meta.correlationId },
  }
  switch (type) {
    case 'RunCreated': {
      const created = {
        created_at: meta.time,
        bundle_id: data.bundleId,
        flow_name: data.flowName,
        flow_version: data.flowVersion,
        flow_hash: data.flowHash,
        ...peerColumns(data.calling, data.calledAeTitle),
        ...mountColumns('input_', data.input),
        rerun_of: data.rerunOf,
      }
      return [{ ...row, once: { created_at: created } }]
    }
    case 'ModelStarted':
      return [{ ...row, once: { started_at: { started_at: meta.time } } }]
    case 'RunFinished': {
      const finished = { outcome: 'finished', ended_at: meta.time, ...mountColumns('output_', data.output) }
      return [{ ...row, once: { outcome: finished } }]
    }
    case 'RunFailed': {
      const { jobId, name, reason } = data
      const failed = {
        outcome: 'failed',
        ended_at: meta.time,
        failed_job_id: jobId,
        failed_model: name,
        reason,
      }
      return [{ ...row, once: { outcome: failed } }]
    }
    case 'RunCancelled': {
      const { by, reason } = data
      const cancelled = { outcome: 'cancelled', ended_at: meta.time, cancelled_by: by, reason }
      return [{ ...row, once: { outcome: cancelled } }]
    }
  }
}

import { type Recorded } from '../../core/event/event.ts'
import { mountColumns, peerColumns } from '../runtime/columns.ts'
import { type RowChange } from '../runtime/projection.ts'

export type In = 'BundleClosed' | 'TriggerMatched' | 'BundleGathered' | 'BundleUnmatched'

/** Of a match and an unmatch the first holds, and the first match by each flow. */
export const map = ({ type, data, meta }: Recorded<In>): readonly RowChange[] => {
  const row = {
    table: 'bundles',
    key: { bundle_id: data.bundleId },
    set: { correlation_id: meta.correlationId },
  }
  switch (type) {
    case 'BundleClosed': {
      const closed = {
        closed_at: meta.time,
        association_ids: data.associationIds,
        complete: data.complete,
        close_reason: data.reason,
        ...peerColumns(data.calling, data.calledAeTitle),
        instances: data.instances,
        manifest_key: data.manifest.key,
        manifest_sha256: data.manifest.sha256,
        gathered_for: data.gathering?.flowName ?? null,
        gathered_by: data.gathering?.by ?? null,
        gathered_value: data.gathering?.value ?? null,
      }
      return [{ ...row, once: { closed_at: closed } }]
    }
    case 'TriggerMatched': {
      const matched = {
        matched_at: meta.time,
        run_id: data.runId,
        flow_version: data.flowVersion,
        flow_hash: data.flowHash,
        ...mountColumns('input_', data.input),
      }
      const decided = { decision: 'matched', decided_at: meta.time }
      return [
        { ...row, once: { decision: decided } },
        {
          table: 'bundle_matches',
          key: { bundle_id: data.bundleId, flow_name: data.flowName },
          once: { matched_at: matched },
        },
      ]
    }
    case 'BundleGathered':
      return [{ ...row, once: { decision: { decision: 'gathered', decided_at: meta.time } } }]
    case 'BundleUnmatched': {
      const { reason, considered } = data
      const decided = { decision: 'unmatched', decided_at: meta.time, unmatched_reason: reason, considered }
      return [{ ...row, once: { decision: decided } }]
    }
  }
}

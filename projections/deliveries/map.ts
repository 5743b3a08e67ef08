import { nameOf } from '../../core/delivery/destination.ts'
import { type Recorded } from '../../core/event/event.ts'
import { mountColumns } from '../runtime/columns.ts'
import { type RowChange } from '../runtime/projection.ts'

type About =
  | 'DeliveryQueued'
  | 'DeliveryAttempted'
  | 'DeliveryFinished'
  | 'DeliveryFailed'
  | 'DeliveryReopened'
  | 'DeliveryRedirected'
  | 'DeliveryDropped'
export type In = About | 'DestinationPaused' | 'DestinationResumed'

/**
 * Of two reports of one attempt the first holds. What is finished stays so; a failure holds where attempts were made
 * since the delivery was opened last, a drop until it is opened again: the column `status` says so.
 */
export const map = (event: Recorded<In>): readonly RowChange[] => {
  const { meta } = event
  switch (event.type) {
    case 'DestinationPaused': {
      const { by, reason } = event.data
      return destination(event, { paused_at: meta.time, paused_by: by, paused_reason: reason })
    }
    case 'DestinationResumed':
      return destination(event, { paused_at: null, paused_by: null, paused_reason: null })
    default:
      return delivery(event)
  }
}

const destination = (
  { data }: Recorded<'DestinationPaused' | 'DestinationResumed'>,
  set: RowChange['set'],
): readonly RowChange[] => [
  { table: 'destinations', key: { destination: data.destination }, ...(set ? { set } : {}) },
]

const delivery = ({ type, data, meta }: Recorded<About>): readonly RowChange[] => {
  const row = { table: 'deliveries', key: { delivery_id: data.deliveryId } }
  const correlated = { correlation_id: meta.correlationId }
  const set = (columns: RowChange['set']): readonly RowChange[] => [
    { ...row, set: { ...correlated, ...columns } },
  ]
  const open = {
    ...{ dropped_at: null, dropped_by: null, dropped_reason: null },
    ...{ failed_at: null, failed_attempts: null, failed_reason: null },
  }
  switch (type) {
    case 'DeliveryQueued': {
      const { kind, host, port, aeTitle, url } = data.destination
      const queued = {
        queued_at: meta.time,
        run_id: data.runId,
        flow_name: data.flowName,
        ...{ kind, host, port, ae_title: aeTitle, url, destination: nameOf(data.destination) },
        ...mountColumns('', data.files),
      }
      return [{ ...row, set: correlated, once: { queued_at: queued } }]
    }
    case 'DeliveryAttempted': {
      const attempted = {
        attempted_at: meta.time,
        destination: data.destination,
        succeeded: data.succeeded,
        warned: data.warned,
        failed: data.failed,
        not_attempted: data.notAttempted,
        committed: data.committed,
        rule_set_hash: data.ruleSetHash,
        error_code: data.code,
        error: data.error,
        duration_ms: data.durationMs,
        results_key: data.results?.key ?? null,
      }
      return [
        {
          table: 'delivery_attempts',
          key: { delivery_id: data.deliveryId, attempt: data.attempt },
          once: { attempted_at: attempted },
        },
      ]
    }
    case 'DeliveryFinished': {
      const { instances, warned } = data
      return [
        { ...row, set: correlated, once: { finished_at: { finished_at: meta.time, instances, warned } } },
      ]
    }
    case 'DeliveryFailed':
      return set({ failed_at: meta.time, failed_attempts: data.attempts, failed_reason: data.reason })
    case 'DeliveryDropped':
      return set({ dropped_at: meta.time, dropped_by: data.by, dropped_reason: data.reason })
    case 'DeliveryReopened':
      return set({
        ...{ reopened_at: meta.time, reopened_by: data.by, reopened_reason: data.reason },
        ...{ opened_after: data.delivery?.attempts ?? 0, ...open },
      })
    case 'DeliveryRedirected':
      return set({
        ...{ redirected_to: nameOf(data.destination), redirected_kind: data.destination.kind },
        ...{ redirected_at: meta.time, redirected_by: data.by, redirected_reason: data.reason },
        ...{ opened_after: data.delivery?.attempts ?? 0, ...open },
      })
  }
}

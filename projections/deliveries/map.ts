import { type Recorded } from '../../core/event/event.ts'
import { mountColumns } from '../runtime/columns.ts'
import { type RowChange } from '../runtime/projection.ts'

export type In = 'DeliveryQueued' | 'DeliveryAttempted' | 'DeliveryFinished' | 'DeliveryFailed'

/** Of two reports of one attempt the first holds, and of two ends. */
export const map = ({ type, data, meta }: Recorded<In>): readonly RowChange[] => {
  const row = {
    table: 'deliveries',
    key: { delivery_id: data.deliveryId },
    set: { correlation_id: meta.correlationId },
  }
  switch (type) {
    case 'DeliveryQueued': {
      const { kind, host, port, aeTitle } = data.destination
      const queued = {
        queued_at: meta.time,
        run_id: data.runId,
        flow_name: data.flowName,
        kind,
        host,
        port,
        ae_title: aeTitle,
        ...mountColumns('', data.files),
      }
      return [{ ...row, once: { queued_at: queued } }]
    }
    case 'DeliveryAttempted': {
      const attempted = {
        attempted_at: meta.time,
        succeeded: data.succeeded,
        warned: data.warned,
        failed: data.failed,
        not_attempted: data.notAttempted,
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
      return [{ ...row, once: { outcome: { outcome: 'finished', ended_at: meta.time, instances, warned } } }]
    }
    case 'DeliveryFailed': {
      const { reason } = data
      return [{ ...row, once: { outcome: { outcome: 'failed', ended_at: meta.time, reason } } }]
    }
  }
}

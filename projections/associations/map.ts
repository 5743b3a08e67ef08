import { type Recorded } from '../../core/event/event.ts'
import { type AssociationRefused } from '../../schemas/generated/arrivals.ts'
import { peerColumns } from '../runtime/columns.ts'
import { type RowChange } from '../runtime/projection.ts'

export type In = 'AssociationOpened' | 'AssociationClosed' | 'AssociationRefused'

/** The first end of an association holds: one that was given up as lost stays lost. */
export const map = ({ type, data, meta }: Recorded<In>): readonly RowChange[] => {
  if (type === 'AssociationRefused') return [refusal(data, meta.time)]
  const row = {
    table: 'associations',
    key: { association_id: data.associationId },
    set: { correlation_id: meta.correlationId },
  }
  switch (type) {
    case 'AssociationOpened': {
      const opened = {
        opened_at: meta.time,
        ...peerColumns(data.calling, data.calledAeTitle),
        scp: data.scp,
        implementation_class_uid: data.implementationClassUid,
        implementation_version_name: data.implementationVersionName,
        max_pdu_length: data.maxPduLength,
        accepted_contexts: data.acceptedContexts,
        refused_contexts: data.refusedContexts,
        via: data.via,
        tls: data.tls,
        client_certificate: data.clientCertificate,
        flows: data.flows,
      }
      return [{ ...row, once: { opened_at: opened } }]
    }
    case 'AssociationClosed': {
      const { how, stored, refused, reason, durationMs } = data
      const closed = { closed_at: meta.time, how, stored, refused, reason, duration_ms: durationMs }
      return [{ ...row, once: { closed_at: closed } }]
    }
  }
}

const refusal = (data: AssociationRefused, refusedAt: string): RowChange => ({
  table: 'association_refusals',
  key: { refusal_id: data.refusalId },
  set: {
    refused_at: refusedAt,
    ...peerColumns(data.calling, data.calledAeTitle),
    scp: data.scp,
    via: data.via,
    result: data.result,
    source: data.source,
    diagnostic: data.diagnostic,
    reason: data.reason,
    tls: data.tls,
  },
})

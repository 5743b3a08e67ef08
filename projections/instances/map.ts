import { type Recorded } from '../../core/event/event.ts'
import { peerColumns } from '../runtime/columns.ts'
import { type RowChange } from '../runtime/projection.ts'

export type In = 'InstanceStored' | 'InstanceRefused'

/** What was said first about a position within an association holds. */
export const map = (event: Recorded<In>): readonly RowChange[] => {
  const { data, meta } = event
  return [
    {
      table: 'instances',
      key: { association_id: data.associationId, ordinal: data.ordinal },
      set: { correlation_id: meta.correlationId },
      once: {
        received_at: {
          received_at: meta.time,
          sop_instance_uid: data.sopInstanceUid,
          sop_class_uid: data.sopClassUid,
          ...(event.type === 'InstanceStored' ? stored(event) : refused(event)),
        },
      },
    },
  ]
}

const stored = ({ data }: Recorded<'InstanceStored'>) => ({
  status: 'stored',
  series_instance_uid: data.seriesInstanceUid,
  study_instance_uid: data.studyInstanceUid,
  frame_of_reference_uid: data.frameOfReferenceUid,
  modality: data.modality,
  patient_pseudonym: data.patientPseudonym,
  transfer_syntax_uid: data.transferSyntaxUid,
  object_key: data.object.key,
  object_size: data.object.size,
  object_sha256: data.object.sha256,
  dataset_offset: data.datasetOffset,
  header_length: data.headerLength,
  dataset_sha256: data.datasetSha256,
  ...peerColumns(data.calling, data.calledAeTitle),
})

const refused = ({ data }: Recorded<'InstanceRefused'>) => ({
  status: 'refused',
  dimse_status: data.status,
  error_code: data.code,
  reason: data.reason,
})

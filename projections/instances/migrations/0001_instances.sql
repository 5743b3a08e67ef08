create table instances (
  association_id text not null,
  ordinal int not null,
  correlation_id text,
  status text,
  received_at timestamptz,
  sop_instance_uid text,
  sop_class_uid text,
  series_instance_uid text,
  study_instance_uid text,
  frame_of_reference_uid text,
  modality text,
  patient_pseudonym text,
  transfer_syntax_uid text,
  object_key text,
  object_size bigint,
  object_sha256 text,
  dataset_offset int,
  header_length bigint,
  calling_ae text,
  calling_host text,
  called_ae text,
  dimse_status int,
  error_code text,
  reason text,
  primary key (association_id, ordinal)
);
create index on instances (sop_instance_uid);
create index on instances (study_instance_uid);
create index on instances (received_at);
comment on table instances is 'Instances that peers sent, stored or refused.';
comment on column instances.association_id is 'Association it came in.';
comment on column instances.ordinal is 'Position within the association, from 1.';
comment on column instances.correlation_id is 'The same for everything that follows from one association.';
comment on column instances.status is 'stored, or refused: then its sender was told so.';
comment on column instances.received_at is 'When it was stored or refused.';
comment on column instances.sop_instance_uid is 'SOP Instance UID (0008,0018).';
comment on column instances.sop_class_uid is 'SOP Class UID (0008,0016).';
comment on column instances.series_instance_uid is 'Series Instance UID (0020,000E).';
comment on column instances.study_instance_uid is 'Study Instance UID (0020,000D).';
comment on column instances.frame_of_reference_uid is 'Frame of Reference UID (0020,0052).';
comment on column instances.modality is 'Modality (0008,0060).';
comment on column instances.patient_pseudonym is 'Keyed pseudonym of Patient ID (0010,0020).';
comment on column instances.transfer_syntax_uid is 'Transfer syntax in which it was sent and is kept.';
comment on column instances.object_key is 'S3 key of the file.';
comment on column instances.object_size is 'Size of the file in bytes.';
comment on column instances.object_sha256 is 'SHA-256 of the file.';
comment on column instances.dataset_offset is 'Byte of the file at which the data set as received begins.';
comment on column instances.header_length is 'Bytes of the file that hold every element before the pixel data.';
comment on column instances.calling_ae is 'AE title that sent it.';
comment on column instances.calling_host is 'IP address that sent it.';
comment on column instances.called_ae is 'AE title that was called.';
comment on column instances.dimse_status is 'Where it was refused, the DIMSE status returned (PS3.4, table B.2-1).';
comment on column instances.error_code is 'Where it was refused, our error code.';
comment on column instances.reason is 'Where it was refused, why.';

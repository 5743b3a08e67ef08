create table associations (
  association_id text primary key,
  correlation_id text,
  opened_at timestamptz,
  calling_ae text,
  calling_host text,
  called_ae text,
  scp text,
  implementation_class_uid text,
  implementation_version_name text,
  max_pdu_length bigint,
  accepted_contexts int,
  refused_contexts int,
  closed_at timestamptz,
  how text,
  stored int,
  refused int,
  reason text,
  duration_ms bigint,
  status text generated always as (
    coalesce(how, 'open')
  ) stored
);
create index on associations (opened_at);
comment on table associations is 'Associations that peers opened and we accepted (PS3.8, 7.1).';
comment on column associations.association_id is 'Id of the association.';
comment on column associations.correlation_id is 'The same for everything that follows from one association.';
comment on column associations.opened_at is 'When it was accepted.';
comment on column associations.calling_ae is 'AE title that called.';
comment on column associations.calling_host is 'IP address that called.';
comment on column associations.called_ae is 'AE title that was called.';
comment on column associations.scp is 'Name of the SCP instance that accepted.';
comment on column associations.implementation_class_uid is 'Implementation Class UID of the peer (PS3.7, D.3.3.2).';
comment on column associations.implementation_version_name is 'Implementation Version Name of the peer.';
comment on column associations.max_pdu_length is 'Largest PDU in bytes that the peer receives; 0 means no limit.';
comment on column associations.accepted_contexts is 'Presentation contexts accepted.';
comment on column associations.refused_contexts is 'Presentation contexts refused.';
comment on column associations.closed_at is 'When it ended.';
comment on column associations.how is 'How it ended: released, aborted or lost.';
comment on column associations.stored is 'Instances stored, as counted at its end.';
comment on column associations.refused is 'Instances refused, as counted at its end.';
comment on column associations.reason is 'Why it was aborted or lost.';
comment on column associations.duration_ms is 'From accept to end in milliseconds.';
comment on column associations.status is 'open, released, aborted or lost.';

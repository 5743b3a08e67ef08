-- By what way an association came in, how it was secured, and what its AE title lets it trigger; and what was refused.
-- overview/0007 makes association_overview anew.
alter table associations
  add column via text,
  add column tls text,
  add column client_certificate text,
  add column flows text[];
-- As events read that did not say it.
update associations set via = 'dimse' where opened_at is not null;
comment on column associations.via is 'Way in: dimse, stow-rs or folder.';
comment on column associations.tls is 'Protocol of the TLS connection; null where it was not encrypted.';
comment on column associations.client_certificate is 'SHA-256 of the certificate that the peer showed; null where it showed none.';
comment on column associations.flows is 'Names of the flows that it may trigger, * for any part of a name; null for all.';

create table association_refusals (
  refusal_id text primary key,
  refused_at timestamptz,
  calling_ae text,
  calling_host text,
  called_ae text,
  scp text,
  via text,
  result int,
  source int,
  diagnostic int,
  reason text,
  tls text
);
create index on association_refusals (refused_at);
comment on table association_refusals is 'Associations that peers asked for and did not get (PS3.8, 7.1); of one host at most sixty a minute.';
comment on column association_refusals.refusal_id is 'Id of the refusal.';
comment on column association_refusals.refused_at is 'When it was refused.';
comment on column association_refusals.calling_ae is 'AE title that called.';
comment on column association_refusals.calling_host is 'IP address that called.';
comment on column association_refusals.called_ae is 'AE title that was called.';
comment on column association_refusals.scp is 'Name of the SCP instance that refused.';
comment on column association_refusals.via is 'Way in: dimse or stow-rs.';
comment on column association_refusals.result is 'Result of the A-ASSOCIATE-RJ: 1 permanent, 2 transient (PS3.8, table 9-21); 0 over HTTP.';
comment on column association_refusals.source is 'Its source; 0 over HTTP.';
comment on column association_refusals.diagnostic is 'Its reason/diagnostic; over HTTP the status code.';
comment on column association_refusals.reason is 'Why, in words.';
comment on column association_refusals.tls is 'Protocol of the TLS connection; null where it was not encrypted.';

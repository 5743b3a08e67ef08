create table bundles (
  bundle_id text primary key,
  correlation_id text,
  closed_at timestamptz,
  association_ids text[],
  complete boolean,
  close_reason text,
  calling_ae text,
  calling_host text,
  called_ae text,
  instances int,
  manifest_key text,
  manifest_sha256 text,
  decision text,
  decided_at timestamptz,
  unmatched_reason text,
  considered jsonb,
  status text generated always as (
    coalesce(decision, 'closed')
  ) stored
);
create index on bundles (closed_at);
create index on bundles using gin (association_ids);
comment on table bundles is 'Bundles: instances that are matched with the flows together.';
comment on column bundles.bundle_id is 'Id of the bundle.';
comment on column bundles.correlation_id is 'The same for everything that follows from one association.';
comment on column bundles.closed_at is 'When it was closed.';
comment on column bundles.association_ids is 'Associations its instances came in.';
comment on column bundles.complete is 'Whether every association was released by its peer; an incomplete bundle runs no flow.';
comment on column bundles.close_reason is 'Why it was closed.';
comment on column bundles.calling_ae is 'AE title that sent the instances.';
comment on column bundles.calling_host is 'IP address that sent them.';
comment on column bundles.called_ae is 'AE title that was called.';
comment on column bundles.instances is 'Number of instances.';
comment on column bundles.manifest_key is 'S3 key of the manifest.';
comment on column bundles.manifest_sha256 is 'SHA-256 of the manifest.';
comment on column bundles.decision is 'matched or unmatched: what was said first.';
comment on column bundles.decided_at is 'When that was said.';
comment on column bundles.unmatched_reason is 'In short, why no flow takes it.';
comment on column bundles.considered is 'Where no flow takes it: each flow considered, with the trigger that no file met.';
comment on column bundles.status is 'closed, matched or unmatched.';

create table bundle_matches (
  bundle_id text not null,
  flow_name text not null,
  matched_at timestamptz,
  run_id text,
  flow_version text,
  flow_hash text,
  input_files int,
  input_bytes bigint,
  input_manifest_key text,
  input_manifest_sha256 text,
  primary key (bundle_id, flow_name)
);
comment on table bundle_matches is 'Flows that take a bundle, each with the run that follows.';
comment on column bundle_matches.bundle_id is 'Id of the bundle.';
comment on column bundle_matches.flow_name is 'Name of the flow.';
comment on column bundle_matches.matched_at is 'When it was matched.';
comment on column bundle_matches.run_id is 'Id of the run that follows.';
comment on column bundle_matches.flow_version is 'Version that the flow file states.';
comment on column bundle_matches.flow_hash is 'SHA-256 of the canonical definition.';
comment on column bundle_matches.input_files is 'Files it takes.';
comment on column bundle_matches.input_bytes is 'Their size in bytes.';
comment on column bundle_matches.input_manifest_key is 'S3 key of the manifest of these files.';
comment on column bundle_matches.input_manifest_sha256 is 'SHA-256 of that manifest.';

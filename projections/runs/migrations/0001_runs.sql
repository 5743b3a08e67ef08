create table runs (
  run_id text primary key,
  correlation_id text,
  created_at timestamptz,
  bundle_id text,
  flow_name text,
  flow_version text,
  flow_hash text,
  calling_ae text,
  calling_host text,
  called_ae text,
  input_files int,
  input_bytes bigint,
  input_manifest_key text,
  input_manifest_sha256 text,
  rerun_of text,
  started_at timestamptz,
  ended_at timestamptz,
  outcome text,
  output_files int,
  output_bytes bigint,
  output_manifest_key text,
  output_manifest_sha256 text,
  failed_job_id text,
  failed_model text,
  cancelled_by text,
  reason text,
  status text generated always as (
    case
      when outcome is not null then outcome
      when started_at is not null then 'running'
      else 'created'
    end
  ) stored,
  duration_ms bigint generated always as (
    (extract(epoch from ended_at - created_at) * 1000)::bigint
  ) stored
);
create index on runs (created_at);
create index on runs (bundle_id);
create index on runs (flow_name);
comment on table runs is 'Runs: a flow at work on a bundle.';
comment on column runs.run_id is 'Id of the run.';
comment on column runs.correlation_id is 'The same for everything that follows from one association.';
comment on column runs.created_at is 'When it was created.';
comment on column runs.bundle_id is 'Bundle whose files it takes.';
comment on column runs.flow_name is 'Name of the flow.';
comment on column runs.flow_version is 'Version that the flow file states.';
comment on column runs.flow_hash is 'SHA-256 of the definition it executes.';
comment on column runs.calling_ae is 'AE title that sent the instances.';
comment on column runs.calling_host is 'IP address that sent them.';
comment on column runs.called_ae is 'AE title that was called.';
comment on column runs.input_files is 'Files it takes.';
comment on column runs.input_bytes is 'Their size in bytes.';
comment on column runs.input_manifest_key is 'S3 key of the manifest of these files.';
comment on column runs.input_manifest_sha256 is 'SHA-256 of that manifest.';
comment on column runs.rerun_of is 'Run that this one repeats.';
comment on column runs.started_at is 'When its first container was started.';
comment on column runs.ended_at is 'When it ended.';
comment on column runs.outcome is 'finished, failed or cancelled: what was said first.';
comment on column runs.output_files is 'Files of dst.';
comment on column runs.output_bytes is 'Their size in bytes.';
comment on column runs.output_manifest_key is 'S3 key of the manifest of these files.';
comment on column runs.output_manifest_sha256 is 'SHA-256 of that manifest.';
comment on column runs.failed_job_id is 'Job that failed.';
comment on column runs.failed_model is 'Name of the model that failed.';
comment on column runs.cancelled_by is 'Who cancelled it.';
comment on column runs.reason is 'Why it failed or was cancelled.';
comment on column runs.status is 'created, running, finished, failed or cancelled.';
comment on column runs.duration_ms is 'From its creation to its end in milliseconds.';

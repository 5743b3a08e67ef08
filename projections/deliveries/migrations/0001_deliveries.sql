create table deliveries (
  delivery_id text primary key,
  correlation_id text,
  queued_at timestamptz,
  run_id text,
  flow_name text,
  kind text,
  host text,
  port int,
  ae_title text,
  files int,
  bytes bigint,
  manifest_key text,
  manifest_sha256 text,
  ended_at timestamptz,
  outcome text,
  instances int,
  warned int,
  reason text,
  status text generated always as (
    coalesce(outcome, 'pending')
  ) stored,
  duration_ms bigint generated always as (
    (extract(epoch from ended_at - queued_at) * 1000)::bigint
  ) stored
);
create index on deliveries (run_id);
create index on deliveries (queued_at);
comment on table deliveries is 'Outputs of runs on their way to destinations.';
comment on column deliveries.delivery_id is 'Id of the delivery.';
comment on column deliveries.correlation_id is 'The same for everything that follows from one association.';
comment on column deliveries.queued_at is 'When it was decided.';
comment on column deliveries.run_id is 'Run whose output it is.';
comment on column deliveries.flow_name is 'Name of the flow.';
comment on column deliveries.kind is 'Kind of destination.';
comment on column deliveries.host is 'Host name or IP address.';
comment on column deliveries.port is 'TCP port.';
comment on column deliveries.ae_title is 'Called AE title.';
comment on column deliveries.files is 'Files to send.';
comment on column deliveries.bytes is 'Their size in bytes.';
comment on column deliveries.manifest_key is 'S3 key of the manifest of these files.';
comment on column deliveries.manifest_sha256 is 'SHA-256 of that manifest.';
comment on column deliveries.ended_at is 'When it ended.';
comment on column deliveries.outcome is 'finished or failed: what was said first.';
comment on column deliveries.instances is 'Instances acknowledged.';
comment on column deliveries.warned is 'Of these, with a warning.';
comment on column deliveries.reason is 'Why we gave up.';
comment on column deliveries.status is 'pending, finished or failed.';
comment on column deliveries.duration_ms is 'From queued to its end in milliseconds.';

create table delivery_attempts (
  delivery_id text not null,
  attempt int not null,
  attempted_at timestamptz,
  succeeded int,
  warned int,
  failed int,
  not_attempted int,
  error_code text,
  error text,
  duration_ms bigint,
  results_key text,
  primary key (delivery_id, attempt)
);
comment on table delivery_attempts is 'Attempts at deliveries.';
comment on column delivery_attempts.delivery_id is 'Id of the delivery.';
comment on column delivery_attempts.attempt is 'Attempt, from 1.';
comment on column delivery_attempts.attempted_at is 'When it was over.';
comment on column delivery_attempts.succeeded is 'Instances acknowledged with Success so far.';
comment on column delivery_attempts.warned is 'Instances acknowledged with a warning so far.';
comment on column delivery_attempts.failed is 'Instances refused in this attempt.';
comment on column delivery_attempts.not_attempted is 'Instances not sent or not answered in this attempt.';
comment on column delivery_attempts.error_code is 'Our error code where the attempt as a whole failed.';
comment on column delivery_attempts.error is 'Why the attempt as a whole failed.';
comment on column delivery_attempts.duration_ms is 'Time it took in milliseconds.';
comment on column delivery_attempts.results_key is 'S3 key of the status of each instance.';

create view delivery_overview as
select d.*, coalesce(last.attempt, 0) as attempts, last.attempted_at as last_attempt_at,
  coalesce(last.succeeded, 0) as succeeded, last.failed as last_failed,
  last.not_attempted as last_not_attempted, last.error_code as last_error_code, last.error as last_error
from deliveries as d
left join lateral (
  select * from delivery_attempts as a where a.delivery_id = d.delivery_id order by attempt desc limit 1
) as last on true;
comment on view delivery_overview is 'Deliveries with the number of attempts and what came of the last.';

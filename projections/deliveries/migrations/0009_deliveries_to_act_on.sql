-- What failed or was dropped can be opened again, and may go elsewhere: what was said last holds, until it is finished.
drop view run_overview;
drop view delivery_overview;

alter table deliveries drop column status;
alter table deliveries drop column duration_ms;
alter table deliveries
  add column destination text,
  add column url text,
  add column redirected_to text,
  add column redirected_kind text,
  add column redirected_at timestamptz,
  add column redirected_by text,
  add column redirected_reason text,
  add column reopened_at timestamptz,
  add column reopened_by text,
  add column reopened_reason text,
  add column opened_after int,
  add column finished_at timestamptz,
  add column failed_at timestamptz,
  add column failed_attempts int,
  add column failed_reason text,
  add column dropped_at timestamptz,
  add column dropped_by text,
  add column dropped_reason text;
alter table delivery_attempts
  add column destination text,
  add column committed int,
  add column rule_set_hash text;

-- Older deliveries: all of one kind, and with one end at most.
update deliveries set destination = ae_title || '@' || host || ':' || port where queued_at is not null;
update deliveries set finished_at = ended_at where outcome = 'finished';
update deliveries as d set failed_at = ended_at, failed_reason = reason, failed_attempts = coalesce(
  (select max(attempt) from delivery_attempts as a where a.delivery_id = d.delivery_id), 1
) where outcome = 'failed';
update delivery_attempts set committed = 0 where attempted_at is not null;

alter table deliveries drop column outcome, drop column ended_at, drop column reason;
alter table deliveries add column status text generated always as (
  case
    when finished_at is not null then 'finished'
    when dropped_at is not null then 'dropped'
    when failed_attempts > coalesce(opened_after, 0) then 'failed'
    else 'pending'
  end
) stored;
create index on deliveries (status) where finished_at is null;

comment on column deliveries.destination is 'Name of the destination it was queued for.';
comment on column deliveries.url is 'Its URL, where it has one.';
comment on column deliveries.redirected_to is 'Name of the destination it was redirected to last.';
comment on column deliveries.redirected_kind is 'Kind of that destination.';
comment on column deliveries.redirected_at is 'When it was redirected last.';
comment on column deliveries.redirected_by is 'Who asked for that.';
comment on column deliveries.redirected_reason is 'Why, in their words.';
comment on column deliveries.reopened_at is 'When it was last to be tried again at once.';
comment on column deliveries.reopened_by is 'Who asked for that.';
comment on column deliveries.reopened_reason is 'Why, in their words.';
comment on column deliveries.opened_after is 'Attempts that had been made when it was reopened or redirected last.';
comment on column deliveries.finished_at is 'When every instance was acknowledged.';
comment on column deliveries.failed_at is 'When we gave up; null where it was opened again.';
comment on column deliveries.failed_attempts is 'Attempts made by then.';
comment on column deliveries.failed_reason is 'Why we gave up.';
comment on column deliveries.dropped_at is 'When it was dropped; null where it was opened again.';
comment on column deliveries.dropped_by is 'Who asked for that.';
comment on column deliveries.dropped_reason is 'Why, in their words.';
comment on column deliveries.status is 'pending, finished, failed or dropped.';
comment on column delivery_attempts.destination is 'Name of the destination it was made at; null in older events.';
comment on column delivery_attempts.committed is 'Instances to whose storage the destination has committed itself so far.';
comment on column delivery_attempts.rule_set_hash is 'SHA-256 of the rules by which they were de-identified; null where they were not.';

create table destinations (
  destination text primary key,
  paused_at timestamptz,
  paused_by text,
  paused_reason text
);
comment on table destinations is 'Destinations that people paused or resumed.';
comment on column destinations.destination is 'Name of the destination.';
comment on column destinations.paused_at is 'When it was paused; null where it is not.';
comment on column destinations.paused_by is 'Who asked for that.';
comment on column destinations.paused_reason is 'Why, in their words.';

create view delivery_overview as
select d.delivery_id, d.correlation_id, d.queued_at, d.run_id, d.flow_name, d.kind, d.host, d.port, d.ae_title,
  d.url, d.destination, d.redirected_to, d.redirected_at, d.redirected_by, d.redirected_reason,
  coalesce(d.redirected_to, d.destination) as sends_to, d.files, d.bytes, d.manifest_key, d.manifest_sha256,
  d.status, ended.ended_at, (extract(epoch from ended.ended_at - d.queued_at) * 1000)::bigint as duration_ms,
  case d.status when 'failed' then d.failed_reason when 'dropped' then d.dropped_reason end as reason,
  case d.status when 'dropped' then d.dropped_by end as dropped_by,
  d.reopened_at, d.reopened_by, d.reopened_reason, d.instances, d.warned,
  coalesce(last.attempt, 0) as attempts, last.attempted_at as last_attempt_at,
  coalesce(last.succeeded, 0) as succeeded, last.failed as last_failed,
  last.not_attempted as last_not_attempted, last.committed as last_committed,
  last.error_code as last_error_code, last.error as last_error,
  p.paused_at, p.paused_by, p.paused_reason
from deliveries as d
cross join lateral (
  select case d.status when 'finished' then d.finished_at when 'failed' then d.failed_at
    when 'dropped' then d.dropped_at end as ended_at
) as ended
left join lateral (
  select * from delivery_attempts as a where a.delivery_id = d.delivery_id order by attempt desc limit 1
) as last on true
left join destinations as p
  on p.destination = coalesce(d.redirected_to, d.destination) and d.status = 'pending';
comment on view delivery_overview is 'Deliveries with the number of attempts and what came of the last; those that wait, with who paused their destination.';

create view destination_overview as
with placed as (
  select coalesce(redirected_to, destination) as name, coalesce(redirected_kind, kind) as kind, status, finished_at
  from deliveries
), tried as (
  select coalesce(a.destination, d.destination) as name, a.attempted_at,
    coalesce(a.error, a.failed || ' refused') as error, a.error_code
  from delivery_attempts as a left join deliveries as d on d.delivery_id = a.delivery_id
  where a.error is not null or a.failed > 0
), named as (
  select name from placed union select name from tried union select destination from destinations
)
select n.name, of_it.kind, of_it.pending, of_it.failed, of_it.dropped, of_it.finished, of_it.last_finished_at,
  wrong.attempted_at as last_error_at, wrong.error_code as last_error_code, wrong.error as last_error,
  p.paused_at, p.paused_by, p.paused_reason
from named as n
cross join lateral (
  select max(placed.kind) as kind,
    count(*) filter (where status = 'pending') as pending,
    count(*) filter (where status = 'failed') as failed,
    count(*) filter (where status = 'dropped') as dropped,
    count(*) filter (where status = 'finished') as finished,
    max(finished_at) as last_finished_at
  from placed where placed.name = n.name
) as of_it
left join lateral (
  select * from tried where tried.name = n.name order by attempted_at desc limit 1
) as wrong on true
left join destinations as p on p.destination = n.name
where n.name is not null;
comment on view destination_overview is 'Destinations: what waits for each, what went wrong there last, and who paused it.';

-- As before, with dropped deliveries.
create view run_overview as
select r.*, b.association_ids,
  j.jobs, j.jobs_waiting, j.jobs_running, j.jobs_finished, j.jobs_failed,
  d.deliveries, d.deliveries_finished, d.deliveries_failed, d.delivered_at,
  case
    when d.deliveries = 0 then 'none'
    when d.deliveries_failed > 0 then 'failed'
    when d.deliveries_finished = d.deliveries then 'finished'
    when d.deliveries_finished + d.deliveries_dropped = d.deliveries then 'dropped'
    else 'pending'
  end as delivery_status,
  j.jobs_skipped, j.jobs_unplaceable, d.deliveries_dropped
from runs as r
left join bundles as b on b.bundle_id = r.bundle_id
cross join lateral (
  select count(*) as jobs,
    count(*) filter (where status in ('queued', 'assigned')) as jobs_waiting,
    count(*) filter (where status = 'running') as jobs_running,
    count(*) filter (where status = 'finished') as jobs_finished,
    count(*) filter (where status = 'failed') as jobs_failed,
    count(*) filter (where status = 'skipped') as jobs_skipped,
    count(*) filter (where status = 'queued' and unplaceable_at is not null) as jobs_unplaceable
  from jobs where jobs.run_id = r.run_id
) as j
cross join lateral (
  select count(*) as deliveries,
    count(*) filter (where status = 'finished') as deliveries_finished,
    count(*) filter (where status = 'failed') as deliveries_failed,
    count(*) filter (where status = 'dropped') as deliveries_dropped,
    max(finished_at) as delivered_at
  from deliveries where deliveries.run_id = r.run_id
) as d;
comment on view run_overview is 'Runs with their jobs and deliveries.';

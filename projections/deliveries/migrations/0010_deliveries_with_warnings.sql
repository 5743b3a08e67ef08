-- What was acknowledged with a warning arrived, too: many archives coerce every instance.
create or replace view delivery_overview as
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
  p.paused_at, p.paused_by, p.paused_reason,
  last.warned as last_warned
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

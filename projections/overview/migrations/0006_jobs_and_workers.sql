-- As before, with skipped jobs and those that no worker could take.
create view run_overview as
select r.*, b.association_ids,
  j.jobs, j.jobs_waiting, j.jobs_running, j.jobs_finished, j.jobs_failed,
  d.deliveries, d.deliveries_finished, d.deliveries_failed, d.delivered_at,
  case
    when d.deliveries = 0 then 'none'
    when d.deliveries_failed > 0 then 'failed'
    when d.deliveries_finished = d.deliveries then 'finished'
    else 'pending'
  end as delivery_status,
  j.jobs_skipped, j.jobs_unplaceable
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
    max(ended_at) filter (where status = 'finished') as delivered_at
  from deliveries where deliveries.run_id = r.run_id
) as d;
comment on view run_overview is 'Runs with their jobs and deliveries.';

create view worker_overview as
select w.*, m.slots_used, case
    when left_at is not null then 'left'
    when last_seen_at is null or now() - last_seen_at > lease_ms * interval '1 millisecond' then 'silent'
    when drained_at is null then 'ready'
    when m.slots_used > 0 then 'draining'
    else 'drained'
  end as status
from workers as w
cross join lateral (
  select count(*) as slots_used from models
  where models.worker_id = w.worker_id and outcome is null and assigned_at is not null
) as m;
comment on view worker_overview is 'Workers with the slots they use, and whether they are there now: ready, draining (gets nothing more, still runs something), drained, silent (no sign within the lease) or left.';

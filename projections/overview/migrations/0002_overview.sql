create view run_overview as
select r.*, b.association_ids,
  j.jobs, j.jobs_waiting, j.jobs_running, j.jobs_finished, j.jobs_failed,
  d.deliveries, d.deliveries_finished, d.deliveries_failed, d.delivered_at,
  case
    when d.deliveries = 0 then 'none'
    when d.deliveries_failed > 0 then 'failed'
    when d.deliveries_finished = d.deliveries then 'finished'
    else 'pending'
  end as delivery_status
from runs as r
left join bundles as b on b.bundle_id = r.bundle_id
cross join lateral (
  select count(*) as jobs,
    count(*) filter (where status in ('queued', 'assigned')) as jobs_waiting,
    count(*) filter (where status = 'running') as jobs_running,
    count(*) filter (where status = 'finished') as jobs_finished,
    count(*) filter (where status = 'failed') as jobs_failed
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

create view association_overview as
select a.*, i.instances_stored, i.instances_refused, i.bytes, i.modalities, b.bundle_id,
  b.status as bundle_status, b.unmatched_reason, r.runs
from associations as a
left join bundles as b on b.association_ids @> array[a.association_id]
cross join lateral (
  select count(*) filter (where status = 'stored') as instances_stored,
    count(*) filter (where status = 'refused') as instances_refused,
    coalesce(sum(object_size), 0) as bytes,
    array_remove(array_agg(distinct modality), null) as modalities
  from instances where instances.association_id = a.association_id
) as i
cross join lateral (select count(*) as runs from runs where runs.bundle_id = b.bundle_id) as r;
comment on view association_overview is 'Associations with the instances that came so far, and what became of them.';

create view log_records as
select topic, partition, "offset", id, type, case when payload is null then 'unknown' else 'event' end as counts_as
from events
union all
select topic, partition, "offset", id, type, 'repetition' from repeated_records
union all
select topic, partition, "offset", null, null, 'undecodable' from undecodable_records;
comment on view log_records is 'Every record of the log that was read, and what it counts as.';

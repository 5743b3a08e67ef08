-- What an attempt needs of a worker, why it waits, and whose outputs it took over.
-- The views of models name its columns; overview/0006 makes run_overview anew.
drop view run_overview;
drop view jobs;
alter table models
  add column cpus_needed double precision,
  add column memory_needed bigint,
  add column gpu_memory_needed bigint,
  add column labels_needed text[],
  add column not_before timestamptz,
  add column unplaceable_at timestamptz,
  add column unplaceable_reason text,
  add column step_hash text,
  add column reused_from_run text,
  add column reused_from_job text,
  add column reused_from_attempt int;
-- As events read that did not say it.
update models set cpus_needed = 1, labels_needed = '{}' where queued_at is not null;
-- The slots of a worker that are taken.
create index on models (worker_id) where outcome is null and assigned_at is not null;
comment on column models.attempt is 'Attempt, from 1; 0 for a model that was skipped.';
comment on column models.cpus_needed is 'CPUs it needs for itself.';
comment on column models.memory_needed is 'Memory it needs for itself, in bytes; null where the flow does not say.';
comment on column models.gpu_memory_needed is 'Memory of each GPU it needs, in bytes; null for the whole GPU.';
comment on column models.labels_needed is 'Labels a worker must have to take it.';
comment on column models.not_before is 'It waits until then, by the back-off of the flow.';
comment on column models.unplaceable_at is 'When it was last said that no worker could take it; it counts only while the status is queued.';
comment on column models.unplaceable_reason is 'What each worker lacked then.';
comment on column models.ended_at is 'When the attempt ended, or the model was skipped.';
comment on column models.outcome is 'finished, failed, cancelled or skipped: what was said first.';
comment on column models.message is 'What happened and what to do; why it was skipped.';
comment on column models.status is 'queued, assigned, running, finished, failed, cancelled or skipped.';
comment on column models.step_hash is 'SHA-256 of all that its outputs follow from.';
comment on column models.reused_from_run is 'Run whose outputs it took over, so that no container ran.';
comment on column models.reused_from_job is 'Job of that run.';
comment on column models.reused_from_attempt is 'Attempt at that job.';

create view jobs as
select distinct on (run_id, job_id) models.*,
  count(*) filter (where attempt > 0) over (partition by run_id, job_id) as attempts
from models
order by run_id, job_id, (outcome is not distinct from 'finished') desc, attempt desc;
comment on view jobs is 'Each model of each run with the attempt that counts: the finished one, otherwise the last.';

create table models (
  run_id text not null,
  job_id text not null,
  attempt int not null,
  queued_at timestamptz,
  model int,
  name text,
  priority int,
  gpus_needed int,
  timeout_ms bigint,
  input_files int,
  input_bytes bigint,
  assigned_at timestamptz,
  worker_id text,
  slot int,
  gpus text[],
  started_at timestamptz,
  container_name text,
  container_id text,
  image text,
  image_digest text,
  ended_at timestamptz,
  outcome text,
  ended_by text,
  run_ms bigint,
  exit_code int,
  log_key text,
  outputs jsonb,
  failure_kind text,
  message text,
  log_tail_key text,
  status text generated always as (
    case
      when outcome is not null then outcome
      when started_at is not null then 'running'
      when assigned_at is not null then 'assigned'
      else 'queued'
    end
  ) stored,
  waited_ms bigint generated always as (
    (extract(epoch from assigned_at - queued_at) * 1000)::bigint
  ) stored,
  primary key (run_id, job_id, attempt)
);
create index on models (queued_at);
create index on models (worker_id);
comment on table models is 'Attempts at the models of the runs.';
comment on column models.run_id is 'Id of the run.';
comment on column models.job_id is 'Id of this model in this run, the same for each attempt.';
comment on column models.attempt is 'Attempt, from 1.';
comment on column models.queued_at is 'When everything it needs existed.';
comment on column models.model is 'Index of the model in the flow, from 0.';
comment on column models.name is 'Name of the model.';
comment on column models.priority is 'Priority, 0 to 5; higher goes first.';
comment on column models.gpus_needed is 'GPUs it needs.';
comment on column models.timeout_ms is 'Longest run time of the container in milliseconds.';
comment on column models.input_files is 'Files it reads.';
comment on column models.input_bytes is 'Their size in bytes.';
comment on column models.assigned_at is 'When it was given to a worker.';
comment on column models.worker_id is 'Worker that it was given to.';
comment on column models.slot is 'Slot of the worker, from 0.';
comment on column models.gpus is 'GPUs of the worker that it may use.';
comment on column models.started_at is 'When its container was started.';
comment on column models.container_name is 'Name of the container.';
comment on column models.container_id is 'Docker id of the container.';
comment on column models.image is 'Image as the flow names it.';
comment on column models.image_digest is 'Repository digest of the image, or its id where it has none.';
comment on column models.ended_at is 'When the attempt ended.';
comment on column models.outcome is 'finished, failed or cancelled: what was said first.';
comment on column models.ended_by is 'Worker that the outcome is about.';
comment on column models.run_ms is 'Run time of the container in milliseconds.';
comment on column models.exit_code is 'Exit code of the container.';
comment on column models.log_key is 'S3 key of its log.';
comment on column models.outputs is 'The mounts it wrote.';
comment on column models.failure_kind is 'exit, timeout, oom, image, lost, output or engine.';
comment on column models.message is 'What happened and what to do.';
comment on column models.log_tail_key is 'S3 key of the last lines of its log.';
comment on column models.status is 'queued, assigned, running, finished, failed or cancelled.';
comment on column models.waited_ms is 'From queued to assigned in milliseconds.';

create view jobs as
select distinct on (run_id, job_id) models.*, count(*) over (partition by run_id, job_id) as attempts
from models
order by run_id, job_id, (outcome is not distinct from 'finished') desc, attempt desc;
comment on view jobs is 'Each model of each run with the attempt that counts: the finished one, otherwise the last.';

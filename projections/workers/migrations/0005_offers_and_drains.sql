-- What a worker offers beside its slots, and whether it gets models. overview/0006 makes worker_overview anew.
drop view worker_overview;
alter table workers
  add column cpus double precision,
  add column memory bigint,
  add column gpu_memory bigint[],
  add column drained_at timestamptz,
  add column drained_by text,
  add column drained_reason text;
-- As events read that did not say it.
update workers set gpu_memory = '{}' where last_seen_at is not null and gpus is not null;
comment on column workers.cpus is 'CPUs it offers; null where it does not say.';
comment on column workers.memory is 'Memory it offers, in bytes; null where it does not say.';
comment on column workers.gpu_memory is 'Memory of each of its GPUs in bytes, in their order; 0 where it does not say.';
comment on column workers.drained_at is 'Since when it gets no more models; null where it does.';
comment on column workers.drained_by is 'Who wanted that.';
comment on column workers.drained_reason is 'Why.';

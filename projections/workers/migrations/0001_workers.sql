create table workers (
  worker_id text primary key,
  host text,
  joined_at timestamptz,
  slots int,
  gpus text[],
  labels text[],
  lease_ms bigint,
  last_seen_at timestamptz,
  left_at timestamptz,
  left_reason text
);
comment on table workers is 'Workers, as they were heard of last.';
comment on column workers.worker_id is 'Id of the worker; the same after a restart.';
comment on column workers.host is 'Host it runs on.';
comment on column workers.joined_at is 'When it last joined.';
comment on column workers.slots is 'Models it runs at once.';
comment on column workers.gpus is 'Its GPUs.';
comment on column workers.labels is 'Its labels.';
comment on column workers.lease_ms is 'It counts as lost when nothing was heard of it for this long, in milliseconds.';
comment on column workers.last_seen_at is 'When it was last heard of.';
comment on column workers.left_at is 'When it left in good order; null after it has joined again.';
comment on column workers.left_reason is 'Why it left.';

create view worker_overview as
select w.*, case
    when left_at is not null then 'left'
    when now() - last_seen_at > lease_ms * interval '1 millisecond' then 'silent'
    else 'ready'
  end as status
from workers as w;
comment on view worker_overview is 'Workers and whether they are there now: ready, silent (no sign within the lease) or left.';

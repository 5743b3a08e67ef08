create table events (
  id text primary key,
  topic text,
  partition int,
  "offset" bigint,
  type text,
  time timestamptz,
  stream text,
  causation_id text,
  correlation_id text,
  source text,
  payload jsonb,
  traceparent text
);
create unique index on events (topic, partition, "offset");
create index on events (correlation_id);
create index on events (stream);
create index on events using brin (time);
comment on table events is 'Every event, once: the log as rows.';
comment on column events.id is 'Id of the event: the same for what says the same for the same cause.';
comment on column events.topic is 'Topic it stands on.';
comment on column events.partition is 'Partition of the topic.';
comment on column events."offset" is 'Offset in the partition; of repetitions the first.';
comment on column events.type is 'Event type, as its Avro record is called.';
comment on column events.time is 'When it was published, by the clock of its writer.';
comment on column events.stream is 'What it is about: its key on the topic.';
comment on column events.causation_id is 'Id of the event that led to it; its own where nothing on the log did.';
comment on column events.correlation_id is 'The same for everything that follows from one association.';
comment on column events.source is 'Which program instance published it.';
comment on column events.payload is 'What it says; null where this version does not know its type. Bytes are written as base64.';
comment on column events.traceparent is 'W3C Trace Context.';

create view event_counts as
select topic, type, bool_and(payload is not null) as known, count(*) as events,
  min(time) as first_at, max(time) as last_at
from events
group by topic, type;
comment on view event_counts is 'Events by type, and whether this version knows the type.';

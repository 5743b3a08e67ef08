create table dead_letters (
  topic text not null,
  partition int not null,
  "offset" bigint not null,
  consumer text not null,
  put_aside_at timestamptz,
  code text,
  reason text,
  headers jsonb,
  key_bytes int,
  value_bytes int,
  primary key (topic, partition, "offset", consumer)
);
comment on table dead_letters is 'Records that a consumer put aside.';
comment on column dead_letters.topic is 'Topic it was read from.';
comment on column dead_letters.partition is 'Its partition.';
comment on column dead_letters."offset" is 'Its offset.';
comment on column dead_letters.consumer is 'Who read it.';
comment on column dead_letters.put_aside_at is 'When it was put aside.';
comment on column dead_letters.code is 'Our error code.';
comment on column dead_letters.reason is 'What was wrong.';
comment on column dead_letters.headers is 'Its headers.';
comment on column dead_letters.key_bytes is 'Length of its key; null where it has none or is an event whose bytes are on its topic.';
comment on column dead_letters.value_bytes is 'Length of its value, likewise; the bytes are in events.';

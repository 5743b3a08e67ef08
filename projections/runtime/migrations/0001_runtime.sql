create table projection_offsets (
  topic text not null,
  partition int not null,
  next_offset bigint not null,
  primary key (topic, partition)
);
comment on table projection_offsets is 'How far this schema has come; moved in the transaction that writes the rows.';
comment on column projection_offsets.topic is 'Topic.';
comment on column projection_offsets.partition is 'Partition of the topic.';
comment on column projection_offsets.next_offset is 'The next offset to project.';

create table repeated_records (
  topic text not null,
  partition int not null,
  "offset" bigint not null,
  id text,
  type text,
  primary key (topic, partition, "offset")
);
comment on table repeated_records is 'Records that repeat the id of an event before them; nothing counts them.';
comment on column repeated_records.topic is 'Topic.';
comment on column repeated_records.partition is 'Partition of the topic.';
comment on column repeated_records."offset" is 'Offset of the repetition.';
comment on column repeated_records.id is 'Id of the event, which is in events under an earlier offset.';
comment on column repeated_records.type is 'Event type.';

create table undecodable_records (
  topic text not null,
  partition int not null,
  "offset" bigint not null,
  code text,
  reason text,
  primary key (topic, partition, "offset")
);
comment on table undecodable_records is 'Records that are no event of ours, or that could not be projected.';
comment on column undecodable_records.topic is 'Topic.';
comment on column undecodable_records.partition is 'Partition of the topic.';
comment on column undecodable_records."offset" is 'Offset of the record.';
comment on column undecodable_records.code is 'Our error code.';
comment on column undecodable_records.reason is 'What was wrong.';

alter table instances add column dataset_sha256 text;
comment on column instances.dataset_sha256 is 'SHA-256 of the data set as received: equal for equal content, whoever sent it.';

create view instance_repetitions as
select i.association_id, i.ordinal, i.received_at, i.sop_instance_uid, i.study_instance_uid, i.transfer_syntax_uid,
  i.dataset_sha256, i.object_key, i.calling_ae,
  case
    when first.association_id is null then 'first'
    when same.association_id is not null then 'duplicate'
    when i.dataset_sha256 is null or earlier.some_unknown then 'unknown'
    else 'different'
  end as repetition,
  coalesce(same.association_id, first.association_id) as of_association_id,
  coalesce(same.ordinal, first.ordinal) as of_ordinal
from instances as i
cross join lateral (
  select bool_or(e.dataset_sha256 is null) as some_unknown from instances as e
  where e.sop_instance_uid = i.sop_instance_uid and e.status = 'stored'
    and (e.received_at, e.association_id, e.ordinal) < (i.received_at, i.association_id, i.ordinal)
) as earlier
left join lateral (
  select e.association_id, e.ordinal from instances as e
  where e.sop_instance_uid = i.sop_instance_uid and e.status = 'stored'
    and (e.received_at, e.association_id, e.ordinal) < (i.received_at, i.association_id, i.ordinal)
  order by e.received_at, e.association_id, e.ordinal limit 1
) as first on true
left join lateral (
  select e.association_id, e.ordinal from instances as e
  where e.sop_instance_uid = i.sop_instance_uid and e.status = 'stored' and e.dataset_sha256 = i.dataset_sha256
    and (e.received_at, e.association_id, e.ordinal) < (i.received_at, i.association_id, i.ordinal)
  order by e.received_at, e.association_id, e.ordinal limit 1
) as same on true
where i.status = 'stored';
comment on view instance_repetitions is 'Stored instances: which came before under the same SOP Instance UID, and whether with the same content.';
comment on column instance_repetitions.repetition is 'first of its SOP Instance UID; duplicate: same content as one before; different: other content than all before; unknown: the content of one is not known.';
comment on column instance_repetitions.of_association_id is 'The association of the one it is a duplicate of; otherwise of the first of its SOP Instance UID.';
comment on column instance_repetitions.of_ordinal is 'The position there.';

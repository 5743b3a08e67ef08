-- As before, with the columns that associations have got, and whether the bundle is complete.
drop view association_overview;
create view association_overview as
select a.*, i.instances_stored, i.instances_refused, i.bytes, i.modalities, b.bundle_id,
  b.complete as bundle_complete, b.status as bundle_status,
  coalesce(b.unmatched_reason, g.unmatched_reason) as unmatched_reason, r.runs
from associations as a
left join bundles as b on b.association_ids @> array[a.association_id] and b.gathered_for is null
cross join lateral (
  select count(*) filter (where status = 'stored') as instances_stored,
    count(*) filter (where status = 'refused') as instances_refused,
    coalesce(sum(object_size), 0) as bytes,
    array_remove(array_agg(distinct modality), null) as modalities
  from instances where instances.association_id = a.association_id
) as i
cross join lateral (
  select count(*) as runs from runs
  join bundles as taken on taken.bundle_id = runs.bundle_id
  where taken.association_ids @> array[a.association_id]
) as r
cross join lateral (
  select string_agg(unmatched_reason, '; ' order by closed_at) as unmatched_reason from bundles as gathered
  where gathered.association_ids @> array[a.association_id] and gathered_for is not null
) as g;
comment on view association_overview is 'Associations with the instances that came so far, and what became of them.';
comment on column bundles.complete is 'Whether every association was released by its peer and lacks no instance by a fault of ours; an incomplete bundle runs only flows that want it so.';

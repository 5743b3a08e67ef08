create table flows (
  name text primary key,
  version text,
  hash text,
  definition text,
  source text,
  file text,
  defined_at timestamptz,
  applied_by text,
  retired_at timestamptz,
  retired_by text,
  paused_at timestamptz,
  paused_by text,
  pause_reason text,
  status text generated always as (
    case
      when retired_at is not null then 'retired'
      when paused_at is not null then 'paused'
      else 'active'
    end
  ) stored
);
comment on table flows is 'Flows, each as its events have left it.';
comment on column flows.name is 'Name of the flow.';
comment on column flows.version is 'Version that the file states.';
comment on column flows.hash is 'SHA-256 of the canonical definition.';
comment on column flows.definition is 'The canonical definition as JSON.';
comment on column flows.source is 'The file as it was written.';
comment on column flows.file is 'Name of the file.';
comment on column flows.defined_at is 'When it was applied.';
comment on column flows.applied_by is 'Who applied it.';
comment on column flows.retired_at is 'When it was retired.';
comment on column flows.retired_by is 'Who retired it.';
comment on column flows.paused_at is 'Since when it takes no bundles; null where it does.';
comment on column flows.paused_by is 'Who paused it.';
comment on column flows.pause_reason is 'Why, in the words of who paused it.';
comment on column flows.status is 'active, paused or retired.';

alter table bundles add column gathered_for text, add column gathered_by text, add column gathered_value text;
comment on column bundles.gathered_for is 'Where it was gathered over several associations: the flow it was gathered for.';
comment on column bundles.gathered_by is 'What its instances have in common: series, study, frame_of_reference or patient.';
comment on column bundles.gathered_value is 'That value: a UID, or the pseudonym of the patient.';
comment on column bundles.decision is 'matched, gathered (flows take its files together with others) or unmatched: what was said first.';
comment on column bundles.status is 'closed, matched, gathered or unmatched.';

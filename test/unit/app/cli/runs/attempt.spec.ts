import { expect, test } from 'vitest'
import { messageOf, statusOf } from '../../../../../app/cli/runs/attempt.ts'
import { type ModelRow } from '../../../../../projections/overview/rows.ts'

const model = (changes: Partial<ModelRow>): ModelRow =>
  ({
    ...{ status: 'queued', notBefore: null, unplaceableAt: null, unplaceableReason: null },
    ...{ failureKind: null, message: null, reusedFromRun: null },
    ...changes,
  }) as ModelRow
const now = Date.parse('2026-01-01T12:00:00Z')
const said = (changes: Partial<ModelRow>): readonly string[] => [
  statusOf(model(changes), now),
  messageOf(model(changes), now),
]
const unplaceable = { unplaceableAt: '2026-01-01T11:00:00.000Z', unplaceableReason: 'no worker has a GPU' }

test.each([
  ['waits', {}, ['queued', '']],
  ['failed', { status: 'failed', failureKind: 'oom', message: 'too big' }, ['failed (oom)', 'too big']],
  ['was skipped', { status: 'skipped', message: 'no CT' }, ['skipped', 'no CT']],
  [
    'took over earlier outputs',
    { status: 'finished', reusedFromRun: '1a2b3c4d-0000-0000-0000-000000000000' },
    ['finished (reused from run 1a2b3c4d)', ''],
  ],
  [
    'waits for a worker that is not there',
    unplaceable,
    ['unplaceable', 'as of 11:00:00Z: no worker has a GPU'],
  ],
  ['waited for one, and runs', { ...unplaceable, status: 'running' }, ['running', '']],
  ['waits before the next try', { notBefore: '2026-01-01T12:03:10.500Z' }, ['queued', 'until 12:03:10Z']],
  [
    'waits for long before the next try',
    { notBefore: '2026-01-02T00:00:00.000Z' },
    ['queued', 'until 2026-01-02 00:00:00Z'],
  ],
  ['has waited before this try', { notBefore: '2026-01-01T11:59:59.000Z' }, ['queued', '']],
  [
    'waits before the next try, which nobody could take',
    { ...unplaceable, notBefore: '2026-01-01T12:03:10.000Z' },
    ['queued', 'until 12:03:10Z'],
  ],
] as const)('an attempt that %s', (_, changes, wanted) => expect(said(changes)).toEqual(wanted))

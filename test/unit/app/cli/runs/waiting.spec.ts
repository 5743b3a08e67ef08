import { expect, test } from 'vitest'
import { Waiting } from '../../../../../app/cli/runs/waiting.ts'
import { type ModelRow } from '../../../../../projections/overview/rows.ts'

const now = Date.parse('2026-01-01T12:00:00Z')
const model = (changes: Partial<ModelRow> = {}): ModelRow =>
  ({
    ...{ name: 'contour', attempt: 1, status: 'queued', notBefore: null },
    ...{ unplaceableAt: null, unplaceableReason: null, startedAt: null, endedAt: null },
    ...{ failureKind: null, message: null, reusedFromRun: null },
    ...changes,
  }) as ModelRow
const unplaceable = { unplaceableAt: '2026-01-01T11:00:00.000Z', unplaceableReason: 'no worker has a GPU' }
const startedAt = '2026-01-01T11:30:00.000Z'
const ended = model({ status: 'finished', startedAt, endedAt: '2026-01-01T11:40:00.000Z' })
const failed = model({ ...ended, status: 'failed', failureKind: 'exit', message: 'exit code 1' })
const later = '2026-01-01T12:03:10.500Z'

test.each([
  ['has no model yet', [], 'nothing has started yet: no model is queued'],
  ['has one that is queued', [model()], 'nothing has started yet: contour is queued'],
  [
    'has several',
    [model({ status: 'assigned', workerId: 'gpu-0' }), model({ name: 'check' })],
    'nothing has started yet: contour is being prepared by gpu-0; check is queued',
  ],
  [
    'has one that no worker could take',
    [model(unplaceable)],
    'nothing has started yet: contour is unplaceable as of 11:00:00Z: no worker has a GPU',
  ],
  [
    'waits before the next try',
    [failed, model({ attempt: 2, notBefore: later })],
    'nothing runs now: contour (attempt 2) is queued until 12:03:10Z',
  ],
  [
    'has come to one that no worker could take',
    [ended, model({ name: 'check', ...unplaceable })],
    'nothing runs now: check is unplaceable as of 11:00:00Z: no worker has a GPU',
  ],
  ['is between two models', [ended, model({ name: 'check' })], undefined],
  ['runs something', [model({ status: 'running', startedAt }), model(unplaceable)], undefined],
  ['has run all there is', [ended], undefined],
] as const)('a run that %s', (_, models, said) => expect(new Waiting().news(models, now)).toBe(said))

test('a model whose inputs do not exist yet waits for them', () =>
  expect(new Waiting('check').news([], now)).toBe('nothing has started yet: check waits for its inputs'))

test('each is said once, and again when it is so again', () => {
  const waiting = new Waiting()
  const states = [[], [], [model()], [model()], [model(unplaceable)], [model(unplaceable)]]
  states.push([model({ status: 'running', startedAt })], [failed, model({ attempt: 2, ...unplaceable })])
  expect(states.map((models) => waiting.news(models, now)?.replace(/:.*?(is |no )/, ': $1'))).toEqual([
    ...['nothing has started yet: no model is queued', undefined],
    ...['nothing has started yet: is queued', undefined],
    ...['nothing has started yet: is unplaceable as of 11:00:00Z: no worker has a GPU', undefined],
    ...[undefined, 'nothing runs now: is unplaceable as of 11:00:00Z: no worker has a GPU'],
  ])
})

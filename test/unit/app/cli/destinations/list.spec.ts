import { expect, test } from 'vitest'
import { commandedText } from '../../../../../app/cli/destinations/command.ts'
import { destinationsText } from '../../../../../app/cli/destinations/list.ts'
import { type DestinationRow } from '../../../../../projections/deliveries/rows.ts'

const cells = (changes: Partial<DestinationRow>): readonly string[] =>
  destinationsText([
    {
      ...{ name: 'TPS@tps:104', kind: 'dimse', pending: 2, failed: 1, dropped: 0, finished: 7 },
      ...{
        lastFinishedAt: '2026-01-01T10:00:00.000Z',
        lastErrorAt: null,
        lastErrorCode: null,
        lastError: null,
      },
      ...{ pausedAt: null, pausedBy: null, pausedReason: null },
      ...changes,
    },
  ])
    .split('\n')[1]!
    .split(/ {2,}/)

test('a destination is a line: what waits for it, and when it took something last', () =>
  expect(cells({})).toEqual(['TPS@tps:104', 'dimse', 'open', '2', '1', '7', '2026-01-01 10:00:00Z', '-']))

test('a paused one says by whom, since when and why', () => {
  const paused = cells({
    pausedAt: '2026-01-02T10:00:00.000Z',
    pausedBy: 'anna',
    pausedReason: 'maintenance',
  })
  expect([paused[2], paused.at(-1)]).toEqual(['paused', 'paused 2026-01-02 10:00:00Z by anna: maintenance'])
})

test('what went wrong last is said until something goes well there', () => {
  const wrong = { lastError: 'connection refused', lastErrorAt: '2026-01-01T11:00:00.000Z' }
  expect(cells(wrong).at(-1)).toBe('connection refused')
  expect(cells({ ...wrong, lastFinishedAt: '2026-01-01T12:00:00.000Z' }).at(-1)).toBe('2026-01-01 11:00:00Z')
})

test.each([
  ['pause', { paused: true, pending: 1, changed: true }, 'is paused, and 1 delivery waits for it'],
  ['pause', { paused: true, pending: 2, changed: false }, 'is already paused, and 2 deliveries wait for it'],
  [
    'resume',
    { paused: false, pending: 0, changed: true },
    'gets deliveries again; no deliveries wait for it',
  ],
  ['resume', { paused: false, pending: 0, changed: false }, 'was not paused; no deliveries wait for it'],
] as const)('%s says what has come of it', (what, done, text) =>
  expect(commandedText(what, { name: 'TPS', ...done })).toBe(`TPS ${text}`),
)

import { expect, test } from 'vitest'
import { workersText } from '../../../../../app/cli/workers/list.ts'
import { type WorkerRow } from '../../../../../projections/workers/queries.ts'

const worker = (changes: Partial<WorkerRow>): WorkerRow => ({
  ...{ workerId: 'gpu-0', status: 'ready', host: 'host-1', slots: 2, slotsUsed: 1, cpus: 8, labels: [] },
  ...{ memory: 64 * 1024 ** 3, gpus: [], gpuMemory: [], leaseMs: 30_000 },
  ...{ joinedAt: '2026-01-01T10:00:00.000Z', lastSeenAt: '2026-01-01T12:00:00.000Z' },
  ...{ leftAt: null, leftReason: null, drainedAt: null, drainedBy: null, drainedReason: null },
  ...changes,
})
/** The cells of a line; what is empty at its end is not there. */
const cells = (changes: Partial<WorkerRow>, now = '2026-01-01T12:00:05.000Z'): readonly string[] =>
  workersText([worker(changes)], Date.parse(now))
    .split('\n')[1]!
    .split(/ {2,}/)

test('a worker is a line: what it uses and offers, and since when', () =>
  expect(cells({ gpus: ['0', '1'], gpuMemory: [24 * 1024 ** 3, 0], labels: ['a100', 'fast'] })).toEqual([
    ...['gpu-0', 'ready', '1/2', '8', '64.0 GiB', '0 (24.0 GiB), 1', 'a100,fast', 'host-1'],
    ...['5 s ago', '2026-01-01 10:00:00Z'],
  ]))

test.each([
  ['2026-01-01T11:59:59.000Z', '0 s ago'],
  ['2026-01-01T12:30:00.000Z', '30 min ago'],
  ['2026-01-05T12:00:00.000Z', '4 days ago'],
])('one that was seen last at noon was seen, at %s, %s', (now, seen) => expect(cells({}, now)[8]).toBe(seen))

test('what an older worker does not say is a dash', () =>
  expect(cells({ cpus: null, memory: null, gpus: ['0'], gpuMemory: null })).toEqual(
    expect.arrayContaining(['-', '0']),
  ))

test('a drained worker says by whom and why, one that left also why that', () => {
  const drained = { drainedAt: '2026-01-01T11:00:00.000Z', drainedBy: 'anna', drainedReason: 'new GPU' }
  expect(cells({ status: 'draining', ...drained }).at(-1)).toBe(
    'drained 2026-01-01 11:00:00Z by anna: new GPU',
  )
  const left = { leftAt: '2026-01-01T12:00:00.000Z', leftReason: 'the worker was stopped' }
  expect(cells({ status: 'left', ...left, ...drained, drainedReason: null }).at(-1)).toBe(
    'the worker was stopped; drained 2026-01-01 11:00:00Z by anna',
  )
  expect(cells({ status: 'ready', leftReason: null }).at(-1)).toBe('2026-01-01 10:00:00Z')
})

test('where none has joined it says how to start one', () =>
  expect(workersText([])).toBe('no worker has joined yet; start one with: raddeploy run worker'))

import { describe, expect, test } from 'vitest'
import { bytes, duration, fit, jsonOf, moment, table, when } from '../../../../app/cli/output.ts'

describe('a table', () => {
  const columns = [
    ['name', ({ name }: { name: string; note: string | null }) => name],
    ['note', ({ note }: { name: string; note: string | null }) => note],
  ] as const
  const rows = [
    { name: 'a', note: null },
    { name: 'longer', note: 'x'.repeat(30) },
  ]
  test('has columns as wide as they need, and a dash for what is not known', () =>
    expect(table(rows, columns, 'none', undefined)).toBe(
      `name    note\na       -\nlonger  ${'x'.repeat(30)}`,
    ))
  test('is no wider than the terminal', () =>
    expect(table(rows, columns, 'none', 12).split('\n').at(-1)).toBe('longer  xxx…'))
  test('of nothing says so', () => expect(table([], columns, 'nothing ran yet')).toBe('nothing ran yet'))
})

test('a line that fits is left as it is', () => expect(fit('12345', 5)).toBe('12345'))

test('a time is said in UTC, and says so', () => {
  expect(when('2026-01-02T03:04:05.678Z')).toBe('2026-01-02 03:04:05Z')
  expect(when(null)).toBe('-')
})

test.each([
  ['2026-01-02T23:59:59.999Z', '03:04:05Z'],
  ['2026-01-03T00:00:00.000Z', '2026-01-02 03:04:05Z'],
])('a moment, seen at %s, is %s', (now, text) =>
  expect(moment('2026-01-02T03:04:05.678Z', Date.parse(now))).toBe(text),
)

test('offsets are numbers in JSON', () => expect(jsonOf({ offset: 3n })).toBe('{"offset":3}'))

test.each([
  [null, '-'],
  [999, '999 ms'],
  [1500, '1.5 s'],
  [180_000, '3 min'],
])('%s milliseconds are %s', (ms, text) => expect(duration(ms)).toBe(text))

test.each([
  [1023, '1023 B'],
  [2048, '2 KiB'],
  [2_703_900, '2.6 MiB'],
  [25_769_803_776, '24.0 GiB'],
])('%s bytes are %s', (count, text) => expect(bytes(count)).toBe(text))

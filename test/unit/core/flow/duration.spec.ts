import { describe, expect, test } from 'vitest'
import { duration, durationText } from '../../../../core/flow/duration.ts'

describe('a duration', () => {
  test.each([
    ['30s', 30],
    ['15m', 900],
    ['2h', 7200],
    ['1.5 h', 5400],
    ['168h', 604_800],
    [45, 45],
    [0.0015, 0.002],
  ])('%j is %j seconds', (written, seconds) => expect(duration.parse(written)).toBe(seconds))

  test.each([
    ['soon', /is a duration: 30s, 15m, 2h/],
    ['5', /is a duration/],
    ['5d', /is a duration/],
    ['-5s', /is a duration/],
    [0, /is longer than nothing/],
    [-1, /is longer than nothing/],
    ['169h', /is at most a week/],
    [true, /is a duration/],
  ])('%j is none', (written, why) =>
    expect(
      duration
        .safeParse(written)
        .error?.issues.map(({ message }) => message)
        .join(),
    ).toMatch(why),
  )

  test.each([
    [1500, '1.5 s'],
    [30_000, '30 s'],
    [900_000, '15 min'],
    [7_200_000, '2 h'],
    [5_400_000, '90 min'],
  ])('%j ms are said as %s', (ms, text) => expect(durationText(ms)).toBe(text))
})

import { describe, expect, test } from 'vitest'
import { spaceSchema } from '../../../../producers/intake/spaceConfig.ts'
import { type Level, type Watermarks, judge } from '../../../../producers/intake/watermark.ts'

const gigabyte = 1024 ** 3
/** Given what was free of 100 GB, one look after the other, then what was said at each, and where it stands. */
const given = (...free: readonly number[]) => {
  const watermarks: Watermarks = spaceSchema.parse({})
  return look(watermarks, ...free)
}
const look = (watermarks: Watermarks, ...free: readonly number[]) => {
  let level: Level = 'enough'
  const said = free.map((gigabytes) => {
    const reading = { place: '/data', freeBytes: gigabytes * gigabyte, totalBytes: 100 * gigabyte }
    const judged = judge(level, reading, watermarks)
    level = judged.level
    return judged.sayings.map(({ type }) => type)
  })
  return { then: (...expected: readonly (readonly string[])[]) => expect(said).toEqual(expected), level }
}

describe('a disk of 100 GB, warned of below 10% and full below 5%,', () => {
  test('is nothing to speak of while it has enough', () => given(100, 50, 10).then([], [], []))

  test('is said to run low once, however often it is looked at', () =>
    given(9.9, 9, 6, 9, 11).then(['SpaceRanLow'], [], [], [], []))

  test('runs low anew only after it had clearly enough', () => {
    given(9, 11, 9).then(['SpaceRanLow'], [], [])
    given(9, 13, 9).then(['SpaceRanLow'], [], ['SpaceRanLow'])
  })

  test('pauses intake once, and resumes it when there is clearly more than it needs', () => {
    given(9, 4.9, 3, 5.1, 7.4).then(['SpaceRanLow'], ['IntakePaused'], [], [], [])
    given(9, 4.9, 7.6, 4.9).then(['SpaceRanLow'], ['IntakePaused'], ['IntakeResumed'], ['IntakePaused'])
  })

  test('may fill up between two looks, and be emptied between two', () =>
    given(50, 1, 50, 1).then(
      [],
      ['SpaceRanLow', 'IntakePaused'],
      ['IntakeResumed'],
      [...['SpaceRanLow', 'IntakePaused']],
    ))

  test('is full at its first look where it was so before', () => expect(given(2).level).toBe('full'))
})

test('watermarks may be sizes; a warning comes no later than the refusal', () => {
  const sizes = spaceSchema.parse({ warnBelow: '20g', refuseBelow: '8g' })
  look(sizes, 21, 19, 7, 13, 15).then([], ['SpaceRanLow'], ['IntakePaused'], [], ['IntakeResumed'])
  const crossed = spaceSchema.parse({ warnBelow: '1%', refuseBelow: '8g' })
  look(crossed, 9, 7).then([], ['SpaceRanLow', 'IntakePaused'])
})

test('the watermark that was crossed is said in bytes', () => {
  const reading = { place: 'bucket', freeBytes: 1, totalBytes: 1000 }
  expect(judge('enough', reading, spaceSchema.parse({ refuseBelow: 20 })).sayings).toEqual([
    { type: 'SpaceRanLow', watermarkBytes: 100 },
    { type: 'IntakePaused', watermarkBytes: 20 },
  ])
})

test.each([{ warnBelow: '110%' }, { refuseBelow: 'little' }, { refuseBelow: '5 %' }, { bucketBytes: 0 }])(
  'what is no size is not configured: %j',
  (wrong) => expect(spaceSchema.safeParse(wrong).success).toBe(false),
)

test('what was read once may be read again', () => {
  const read = spaceSchema.parse({ warnBelow: '12.5%', bucketBytes: '2t' })
  expect(spaceSchema.parse(read)).toEqual(read)
})

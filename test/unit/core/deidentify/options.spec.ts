import { describe, expect, test } from 'vitest'
import { type Wanted } from '../../../support/datasets.ts'
import { one, outcome } from '../../../support/outcome.ts'

describe('options', () => {
  const date = one(0x00080020, 'DA', '20250131')
  const moment = one(0x0008002a, 'DT', '20250131235959.25+0100')
  const id = one(0x00100020, 'LO', '4711')

  test('keep what they name', async () => {
    const after = async (option: string, element: Wanted) =>
      (await outcome({ options: [option] }, [element]))[element.tag.toString(16).padStart(8, '0')]
    expect(await after('retain_uids', one(0x0020000d, 'UI', '1.2.3'))).toBe('1.2.3')
    expect(await after('retain_uids', one(0x00081167, 'UI', '1.2.3'))).toBe('1.2.3')
    expect(await after('retain_device_identity', one(0x00181000, 'LO', 'SN 1'))).toBe('SN 1')
    expect(await after('retain_institution_identity', one(0x00080080, 'LO', 'St. Mary'))).toBe('St. Mary')
    expect(await after('retain_patient_characteristics', one(0x00101010, 'AS', '042Y'))).toBe('042Y')
    expect(await after('retain_longitudinal_full_dates', date)).toBe('20250131')
    expect(await after('retain_longitudinal_full_dates', one(0x00100030, 'DA', '18450327'))).toBe('')
  })

  test('a kept sequence is gone through all the same', async () => {
    const place = one(0x00080082, 'SQ', [[one(0x00080104, 'LO', 'St. Mary'), one(0x00100010, 'PN', 'R')]])
    const after = await outcome({ options: ['retain_institution_identity'] }, [place])
    expect(after['00080082']).toEqual([{ '00080104': 'St. Mary', '00100010': '' }])
  })

  test('retain_device_identity: AE titles are told apart, but not told', async () => {
    const after = await outcome({ options: ['retain_device_identity'] }, [one(0x00080055, 'AE', 'STMARY')])
    expect(after['00080055']).toMatch(/^[A-Z2-7]{16}$/)
  })

  test('retain_longitudinal_modified_dates: all dates of a patient move by the same days, times stay', async () => {
    const time = one(0x00080030, 'TM', '235959')
    const born = one(0x00100030, 'DA', '18450327')
    const rules = { options: ['retain_longitudinal_modified_dates'] }
    const after = await outcome(rules, [date, moment, time, id, born, one(0x00080021, 'DA', '20250228')])
    const day = (text: unknown): number =>
      Date.parse(String(text).replace(/^(....)(..)(..).*$/, '$1-$2-$3')) / 86_400_000
    const moved = day('20250131') - day(after['00080020'])
    expect(moved).toBeGreaterThanOrEqual(1)
    expect(moved).toBeLessThanOrEqual(3650)
    expect(day('20250228') - day(after['00080021'])).toBe(moved)
    expect(after['0008002a']).toBe(`${String(after['00080020'])}235959.25+0100`)
    expect(after['00080030']).toBe('235959')
    expect(after['00100030']).toBe('')
    const other = await outcome(rules, [date, one(0x00100020, 'LO', '4712')])
    expect(other['00080020']).not.toBe(after['00080020'])
  })

  test('retain_longitudinal_modified_dates: what is no date becomes what the profile says', async () => {
    const rules = { options: ['retain_longitudinal_modified_dates'] }
    const after = await outcome(rules, [one(0x00080020, 'DA', '20250230'), one(0x0040a120, 'DT', '2025')])
    expect(after).toEqual({ '00080020': '', '0040a120': '19000101000000' })
  })

  test('retain_longitudinal_modified_dates goes before retain_device_identity', async () => {
    const rules = { options: ['retain_longitudinal_modified_dates', 'retain_device_identity'] }
    const after = await outcome(rules, [one(0x00181200, 'DA', '20200101'), id])
    expect(after['00181200']).toMatch(/^(19|20)\d{6}$/)
    expect(after['00181200']).not.toBe('20200101')
  })

  test('clean_descriptors: only known words stand, no numbers, and not those of the name', async () => {
    const rules = { options: ['clean_descriptors'], words: ['protocol7'] }
    const described = [
      one(0x00080005, 'CS', 'ISO_IR 192'),
      one(0x0008103e, 'LO', 'CT Thorax/Röntgen 18450327 Protocol7 seg'),
      one(0x00081030, 'LO', 'Herr Roentgen 42'),
      one(0x00181030, 'LO', 'Roentgen'),
      one(0x00100010, 'PN', 'SEG^WILHELM'),
    ]
    expect(await outcome(rules, described)).toEqual({
      '00080005': 'ISO_IR 192',
      '0008103e': 'CT Thorax Protocol7',
      '00181030': 'ANONYMIZED',
      '00100010': '',
    })
  })

  test('clean_descriptors: codes of public schemes stay, local ones go', async () => {
    const code = (scheme: string) => [
      one(0x00080100, 'SH', '1'),
      one(0x00080102, 'SH', scheme),
      one(0x00080104, 'LO', 'meaning'),
    ]
    const after = await outcome({ options: ['clean_descriptors'] }, [
      one(0x00321067, 'SQ', [code('SCT'), code('99STMARY')]),
    ])
    expect(after['00321067']).toMatchObject([{ '00080102': 'SCT' }])
  })

  test('retain_safe_private: what is listed stays, with its creator, wherever its block lies', async () => {
    const rules = { options: ['retain_safe_private'], safe_private: { SIEMENS: ['(0019,xx0C)'] } }
    const after = await outcome(rules, [
      one(0x00190010, 'LO', 'SOMEBODY'),
      one(0x00190012, 'LO', 'SIEMENS'),
      one(0x0019100c, 'LO', 'secret'),
      one(0x0019120c, 'IS', '1000'),
      one(0x0019120d, 'LO', 'secret'),
    ])
    expect(after).toEqual({ '00190012': 'SIEMENS', '0019120c': '1000' })
  })
})

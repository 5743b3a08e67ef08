import { describe, expect, test } from 'vitest'
import {
  type Syntax,
  type Wanted,
  dataset,
  deidentifierOf,
  encodingOf,
  fileOf,
  fragments,
  names,
  rewrite,
} from '../../../support/datasets.ts'
import { one, outcome } from '../../../support/outcome.ts'

describe('the basic profile', () => {
  test.each<[string, Wanted, unknown]>([
    ['removes (X)', one(0x00081030, 'LO', 'knee of Mr Roentgen'), undefined],
    ['empties (Z)', one(0x00100010, 'PN', 'ROENTGEN^WILHELM'), ''],
    ['puts a dummy in place (D)', one(0x00120020, 'LO', 'TRIAL-7'), 'ANONYMIZED'],
    [
      'puts a dummy where dummy, empty and gone are all allowed (X/Z/D)',
      one(0x00080080, 'LO', 'St. Mary'),
      'ANONYMIZED',
    ],
    ['empties where empty and gone are allowed (X/Z)', one(0x00080022, 'DA', '20250101'), ''],
    ['keeps what the table does not name', one(0x00180050, 'DS', ' 1.50'), ' 1.50'],
    ['removes private elements', one(0x00190010, 'LO', 'SOMEBODY'), undefined],
    ['removes private elements without a creator', one(0x00191001, 'LO', 'ROENTGEN'), undefined],
    ['removes what nobody knows', one(0x00180001, 'LO', 'new in 2031'), undefined],
    ['removes overlays of every group', one(0x60023000, 'OW', Buffer.alloc(8, 1)), undefined],
    ['removes what an overlay says of itself', one(0x60001500, 'LO', Buffer.from('DOE^JOHN')), undefined],
    ['removes curves of every group', one(0x50040010, 'US', Buffer.alloc(2)), undefined],
    ['removes what trails behind', one(0xfffcfffc, 'OB', Buffer.from('ROENTGEN')), undefined],
    ['leaves an empty value as it is', one(0x00120020, 'LO', ''), ''],
    ['empties a name that the table does not name', one(0x00142006, 'PN', 'CURIE^MARIE'), ''],
    ['removes an address that the table does not name', one(0x00081190, 'UR', 'https://curie'), undefined],
    ['keeps the classes of things', one(0x00081150, 'UI', '1.3.12.2.1107.5.9.1'), '1.3.12.2.1107.5.9.1'],
    ['keeps UIDs of the standard', one(0x00081155, 'UI', '1.2.840.10008.1.20.1.1'), '1.2.840.10008.1.20.1.1'],
  ])('%s', async (_, element, expected) => {
    const digits = element.tag.toString(16).padStart(8, '0')
    expect((await outcome(true, [element]))[digits]).toEqual(expected)
  })

  test('replaces UIDs everywhere by the same others', async () => {
    const uid = '1.2.3.4.5'
    const {
      '0020000d': study,
      '00081199': referenced,
      '00080019': several,
      '00081167': unnamed,
    } = await outcome(true, [
      one(0x0020000d, 'UI', uid),
      one(0x00081199, 'SQ', [[one(0x00081155, 'UI', uid)]]),
      one(0x00080019, 'UI', `${uid}\\1.2.840.10008.1.1\\${uid}`),
      one(0x00081167, 'UI', uid),
    ])
    expect(study).toMatch(/^2\.25\.[1-9]\d{30,38}$/)
    expect(referenced).toEqual([{ '00081155': study }])
    expect(several).toBe(`${String(study)}\\1.2.840.10008.1.1\\${String(study)}`)
    expect(unnamed).toBe(study)
  })

  test('tells patients apart, and the same patient is the same in every file', async () => {
    const idOf = async (id: string, name: string): Promise<unknown> =>
      (await outcome(true, [one(0x00100010, 'PN', name), one(0x00100020, 'LO', id)]))['00100020']
    expect(await idOf('4711', 'A')).toMatch(/^[A-Z2-7]{16}$/)
    expect(await idOf('4711', 'A')).toBe(await idOf('4711 ', 'B'))
    expect(await idOf('4711', 'A')).not.toBe(await idOf('4712', 'A'))
  })

  test('goes into sequences that it keeps, at any depth, and puts their lengths right', async () => {
    const inner = [one(0x00081155, 'UI', '1.2.840.10008.1.1'), one(0x00100010, 'PN', 'ROENTGEN^WILHELM')]
    const nested = one(0x30060010, 'SQ', [
      [one(0x30060012, 'SQ', [inner, inner]), one(0x30060026, 'LO', 'Lung of Mr R')],
      [one(0x30060084, 'IS', '1')],
    ])
    const cleaned = { '00081155': '1.2.840.10008.1.1', '00100010': '' }
    for (const syntax of ['explicit', 'implicit', 'bigEndian', 'deflated'] as const) {
      const after = await outcome(true, [nested], syntax)
      expect(after['30060010'], syntax).toEqual([
        { '30060012': [cleaned, cleaned], '30060026': '' },
        { '30060084': '1' },
      ])
    }
  })

  test('puts a sequence that says nothing where one must be', async () => {
    const content = one(0x0040a730, 'SQ', [[one(0x0040a160, 'UT', 'Mr Roentgen has a cold')]])
    const after = await outcome(true, [content])
    expect(after['0040a730']).toMatchObject([{ '0040a010': 'CONTAINS', '0040a160': 'ANONYMIZED' }])
  })

  const dummies: readonly [string, number, string | Buffer, string | Buffer][] = [
    ['AE', 0x21000140, 'HOSPITAL', 'ANONYMIZED'],
    ['AS', 0x0072005f, '042Y', '000Y'],
    ['CS', 0x04000565, 'ROENTGEN', 'CORRECT'],
    ['DA', 0x0040a121, '20250101', '19000101'],
    ['DT', 0x0040a120, '20250101120000', '19000101000000'],
    ['LO', 0x00120010, 'Roentgen', 'ANONYMIZED'],
    ['LT', 0x00720068, 'Roentgen', 'ANONYMIZED'],
    ['OB', 0x00420011, Buffer.from('Roentgen'), '\0\0'],
    ['PN', 0x0040a123, 'Roentgen', 'ANONYMIZED'],
    ['SH', 0x0072006c, 'Roentgen', 'ANONYMIZED'],
    ['ST', 0x0072006e, 'Roentgen', 'ANONYMIZED'],
    ['TM', 0x0040a122, '120000', '000000'],
    ['UC', 0x00189371, 'Roentgen', 'ANONYMIZED'],
    ['UR', 0x00720071, 'http://roentgen', 'urn:anonymized'],
    ['UT', 0x00720070, 'Roentgen', 'ANONYMIZED'],
  ]
  test.each(dummies)('has a dummy for %s', async (vr, tag, value, dummy) => {
    const digits = tag.toString(16).padStart(8, '0')
    for (const syntax of ['explicit', 'implicit', 'bigEndian', 'deflated'] as const) {
      const after = (await outcome(true, [one(tag, vr, value)], syntax))[digits]
      expect(after, syntax).toBe(String(dummy).replace(/\0+$/, ''))
    }
  })
})

describe('own rules', () => {
  test('go before the profile, at every depth', async () => {
    const tags = {
      PatientName: { set: 'ANON' },
      PatientBirthDate: { keep: true },
      PatientSex: { remove: true },
      AccessionNumber: { pseudonym: true },
      SliceThickness: { empty: true },
    }
    const after = await outcome({ tags }, [
      one(0x00080050, 'SH', 'A1'),
      one(0x00100030, 'DA', '18450327'),
      one(0x00100040, 'CS', 'M'),
      one(0x00180050, 'DS', '1.5'),
      one(0x30060010, 'SQ', [[one(0x00100010, 'PN', 'R'), one(0x00080050, 'SH', 'A1')]]),
    ])
    const accession = after['00080050']
    expect(accession).toMatch(/^[A-Z2-7]{16}$/)
    expect(after).toEqual({
      '00080050': accession,
      '00100010': 'ANON',
      '00100030': '18450327',
      '00180050': '',
      '30060010': [{ '00080050': accession, '00100010': 'ANON' }],
    })
  })

  test('alone change nothing else', async () => {
    const before = [one(0x00100010, 'PN', 'R'), one(0x00190010, 'LO', 'X'), one(0x00180001, 'LO', 'Y')]
    const rules = { profile: 'none', tags: { PatientID: { set: '0' }, '(0019,1001)': { remove: true } } }
    expect(await outcome(rules, [...before, one(0x00191001, 'LO', 'secret')])).toEqual({
      '00100010': 'R',
      '00100020': '0',
      '00180001': 'Y',
      '00190010': 'X',
    })
  })

  test('name and id of a patient have one pseudonym, which depends on the id', async () => {
    const rules = {
      profile: 'none',
      tags: { PatientID: { pseudonym: true }, PatientName: { pseudonym: true } },
    }
    const of = (name: string) => outcome(rules, [one(0x00100010, 'PN', name), one(0x00100020, 'LO', '1')])
    const after = await of('Roentgen^W')
    expect(after['00100010']).toBe(after['00100020'])
    expect(await of('ROENTGEN^WILHELM')).toEqual(after)
  })

  test('numbers are set as their VR wants them', async () => {
    const after = await outcome({ profile: 'none', tags: { SeriesNumber: { set: 7 } } }, [])
    expect(after).toEqual({ '00200011': '7' })
  })
})

describe('what cannot be done', () => {
  const refusal = async (content: Buffer, syntax: Syntax = 'explicit', rules: unknown = true) =>
    rewrite(deidentifierOf(rules), fileOf(content, syntax)).then(
      () => 'done',
      (error: { code?: string; message: string }) => `${error.code}: ${error.message}`,
    )
  const explicit = encodingOf('explicit')

  test('is refused, with a reason', async () => {
    const burned = dataset([...names, one(0x00280301, 'CS', 'YES')], explicit)
    expect(await refusal(burned)).toContain(
      'RD_DEIDENTIFICATION_REFUSED: it cannot be de-identified: it says that text',
    )
    expect(await refusal(burned, 'explicit', { burned_in: 'send' })).toBe('done')
    const whole = dataset([...names, one(0x00081199, 'SQ', [[one(0x00081155, 'UI', '1.2')]])], explicit, true)
    for (const less of [1, 9, 17])
      expect(await refusal(whole.subarray(0, -less))).toContain('RD_DEIDENTIFICATION_REFUSED')
    const pixels = Buffer.concat([dataset(names, encodingOf('rle')), fragments([Buffer.alloc(100)])])
    expect(await refusal(pixels, 'rle')).toBe('done')
    expect(await refusal(pixels.subarray(0, -8), 'rle')).toContain('ends inside its pixels')
    expect(await refusal(dataset([one(0x00100010, 'PN', 'R')], explicit))).toContain('no SOP Instance UID')
    expect(await refusal(Buffer.from('not deflated'), 'deflated')).toContain('cannot be')
  })
})

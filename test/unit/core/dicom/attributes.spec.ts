import { readFileSync } from 'node:fs'
import { deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { readHeader } from '../../../../core/dicom/attributes.ts'
import { part10Header } from '../../../../core/dicom/part10.ts'

interface Made {
  readonly name: string
  readonly file: string
  readonly texts: Record<string, string>
}
/** What pydicom says of small files; attributes.fixture.py beside it made them. */
const made = JSON.parse(
  readFileSync(new URL('attributes.fixture.json', import.meta.url), 'utf8'),
) as readonly Made[]
const fileOf = (name: string): Buffer => Buffer.from(made.find((one) => one.name === name)!.file, 'base64')

describe('the text of every element is what pydicom gives', () => {
  test.each(made.map((one) => [one.name, one] as const))('%s', (_, { file, texts }) => {
    expect(readHeader(Buffer.from(file, 'base64')).attributes).toEqual(texts)
  })
})

describe('the forms that flow files rely on', () => {
  const { attributes } = readHeader(fileOf('explicit'))
  test.each<[string, string | undefined, string]>([
    ['PatientID', '00123', 'zeros are kept'],
    ['InstanceNumber', '003', 'zeros of numbers too'],
    ['SliceThickness', '2.000', 'digits stay as sent'],
    ['ImageType', "['ORIGINAL', 'PRIMARY', 'AXIAL']", 'several texts are quoted'],
    ['ImageOrientationPatient', '[1, 0, -1.5e1, +0.0]', 'several numbers are not'],
    ['OperatorsName', '[A^B, C^D]', 'nor are names'],
    ['AccessionNumber', '', 'an empty text is empty'],
    ['DistanceSourceToDetector', undefined, 'what is absent is absent'],
    ['FrameIncrementPointer', '(0018,1063)', 'tags'],
    ['SOPClassUID', '1.2.840.10008.5.1.4.1.1.2', 'digits of a UID, not its name'],
    ['(0008,0060)', 'CT', 'every element is also found by its tag'],
  ])('%s is %s: %s', (key, text) => expect(attributes[key]).toBe(text))
})

test('group 2 and the pixel data are not part of what is searched', () => {
  const pixels = Buffer.from('e07f1000' + '4f57' + '0000' + '00001000' + 'ffff', 'hex')
  const header = readHeader(Buffer.concat([fileOf('explicit'), pixels]))
  expect(header.complete).toBe(true)
  expect(Object.keys(header.attributes).filter((key) => /^\((0002|7FE0)/.test(key))).toEqual([])
  expect(header.attributes['PixelData']).toBeUndefined()
  expect(header.transferSyntaxUid).toBe('1.2.840.10008.1.2.1')
})

test.each(['1.2.840.10008.1.2.1.99', '1.2.840.10008.1.2.4.95', '1.2.840.10008.1.2.4.205'])(
  'a data set in %s is inflated',
  (transferSyntaxUid) => {
    const dataset = Buffer.from('08006000' + '4353' + '0200' + '4354', 'hex')
    const meta = part10Header({ sopClassUid: '1.2', sopInstanceUid: '1.3', transferSyntaxUid })
    const header = readHeader(Buffer.concat([meta, deflateRawSync(dataset)]))
    expect(header).toMatchObject({ transferSyntaxUid, complete: true, attributes: { Modality: 'CT' } })
  },
)

test('only the keys that are asked for are decoded', () => {
  expect(readHeader(fileOf('explicit'), new Set(['Modality', '(0010,0020)'])).attributes).toEqual({
    Modality: 'CT',
    '(0010,0020)': '00123',
  })
})

describe('a damaged file', () => {
  test('that is cut inside an element keeps the elements before it and says that it is incomplete', () => {
    const whole = fileOf('explicit')
    const all = readHeader(whole)
    for (const share of [0.5, 0.8, 0.99]) {
      const part = readHeader(whole.subarray(0, Math.floor(whole.length * share)))
      expect(part.complete).toBe(false)
      expect(all.attributes).toMatchObject(part.attributes)
      expect(part.attributes['Modality']).toBe('CT')
    }
  })

  test('whose deflated bytes are cut gives what can be inflated', () => {
    const header = readHeader(fileOf('deflated').subarray(0, -80))
    expect(header.complete).toBe(false)
    expect(header.attributes['Modality']).toBe('CT')
  })

  test('with one broken sequence of stated length keeps the elements after it', () => {
    const broken = Buffer.from('08001511' + '5351' + '0000' + '04000000' + 'ffffffff', 'hex')
    const after = Buffer.from('08006000' + '4353' + '0200' + '4d52', 'hex')
    const head = fileOf('sequences')
    const start = head.indexOf(Buffer.from('08003210', 'hex'))
    const header = readHeader(Buffer.concat([head.subarray(0, start), broken, after]))
    expect(header.attributes).toEqual({
      ReferencedSeriesSequence: '[]',
      '(0008,1115)': '[]',
      Modality: 'MR',
      '(0008,0060)': 'MR',
    })
  })

  test('with items nested without end is read without exhausting the stack', () => {
    const open = Buffer.from('08001511' + '5351' + '0000' + 'ffffffff' + 'feff00e0' + 'ffffffff', 'hex')
    const head = fileOf('sequences')
    const start = head.indexOf(Buffer.from('08003210', 'hex'))
    const nested = Buffer.concat([head.subarray(0, start), ...Array.from({ length: 20_000 }, () => open)])
    expect(readHeader(nested).complete).toBe(false)
  })

  test('that is no Part 10 file is refused', () => {
    expect(() => readHeader(Buffer.from('not DICOM'))).toThrowError(/Part 10/)
  })
})

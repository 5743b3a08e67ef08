import { describe, expect, test } from 'vitest'
import { ctImages, ctSeries } from '../../../../../app/demo/sampleData/ct.ts'
import { decimal, derivedUid, part10 } from '../../../../../app/demo/sampleData/part10.ts'
import { type Volume } from '../../../../../app/demo/sampleData/volume.ts'

const volume: Volume = {
  size: [3, 2, 2],
  spacing: [0.5, 0.75, 1.5],
  origin: [-10, -20, 30],
  data: Float32Array.from([-1000, 0, 40, 1, 2, 3, -5000, 9000, 0.4, 0.6, 100, 200]),
}
const study = { name: 'TEST', description: 'test', salt: '' }
const images = ctImages(study, ctSeries(1, 'ct', 'CT', 'ct'), volume, 'made up')

describe('a CT series', () => {
  test('has one image per slice, from the lowest to the highest', () => {
    expect(images.map((image) => image['ImagePositionPatient'])).toEqual([
      ['-10', '-20', '30'],
      ['-10', '-20', '31.5'],
    ])
    expect(images.map((image) => image['InstanceNumber'])).toEqual(['1', '2'])
  })

  test('gives the distance of rows before that of columns, and rows and columns as the grid has them', () => {
    expect(images[0]).toMatchObject({ PixelSpacing: ['0.75', '0.5'], Rows: 2, Columns: 3 })
  })

  test('stores HU above -1024 in 12 bits, and cuts what does not fit', () => {
    const stored = images.map((image) => [...new Uint16Array((image['PixelData'] as ArrayBuffer[])[0]!)])
    expect(stored).toEqual([
      [24, 1024, 1064, 1025, 1026, 1027],
      [0, 4095, 1024, 1025, 1124, 1224],
    ])
    expect(images[0]).toMatchObject({ RescaleIntercept: '-1024', RescaleSlope: '1' })
  })

  test('is the same, byte for byte, each time; another salt changes every UID', () => {
    const again = ctImages(study, ctSeries(1, 'ct', 'CT', 'ct'), volume, 'made up')
    expect(part10(again[1]!).equals(part10(images[1]!))).toBe(true)
    const other = ctImages({ ...study, salt: 'x' }, ctSeries(1, 'ct', 'CT', 'ct'), volume, 'made up')
    for (const key of ['StudyInstanceUID', 'SeriesInstanceUID', 'SOPInstanceUID', 'FrameOfReferenceUID'])
      expect(other[0]![key]).not.toBe(images[0]![key])
  })
})

test('derived UIDs are 2.25 and a number of 128 bits', () => {
  expect(derivedUid('a', 'b')).toMatch(/^2\.25\.(0|[1-9]\d{0,38})$/)
  expect(derivedUid('a', 'b')).not.toBe(derivedUid('ab'))
})

test.each([-122.0214525, 1e-9, 99_999.123_456_7, -0.1 - 0.2])('%d fits a decimal string', (value) => {
  expect(decimal(value).length).toBeLessThanOrEqual(16)
  expect(Number(decimal(value))).toBeCloseTo(value, 5)
})

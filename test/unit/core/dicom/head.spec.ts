import { randomBytes } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { part10 } from '../../../../app/demo/sampleData/part10.ts'
import { headerOf } from '../../../../core/dicom/head.ts'
import { part10Header } from '../../../../core/dicom/part10.ts'

const kib = 1024
const names = { SOPClassUID: '1.2', SOPInstanceUID: '1.3', Modality: 'CT' }
/** A text in front of the pixel data makes a header long. */
const fileOf = (text: number, pixels = 1_000_000): Buffer =>
  part10({
    ...names,
    TextValue: 'x'.repeat(text),
    ManufacturerModelName: 'LAST',
    PixelData: [new Uint8Array(pixels).buffer],
  })

/** What is found in a file, and the ranges that were read for it. */
const reading = async (file: Buffer, size = file.length) => {
  const ranges: [number, number][] = []
  const read = (start: number, end: number): Promise<Buffer> => {
    ranges.push([start, end])
    return Promise.resolve(file.subarray(start, end))
  }
  const header = await headerOf(size, read, new Set(['Modality', 'TextValue']))
  return { header, ranges }
}

describe('the header of a file that nobody has looked into', () => {
  test('is found in the first 16 KiB, as a rule', async () => {
    const { header, ranges } = await reading(fileOf(10))
    expect(header).toMatchObject({ complete: true, attributes: { Modality: 'CT', TextValue: 'xxxxxxxxxx' } })
    expect(ranges).toEqual([[0, 16 * kib]])
  })

  test('is read on, four times as much each time and each byte once, where it is longer', async () => {
    const { header, ranges } = await reading(fileOf(200 * kib))
    expect(header.complete).toBe(true)
    expect(header.attributes['TextValue']).toHaveLength(200 * kib)
    expect(ranges).toEqual([
      [0, 16 * kib],
      [16 * kib, 64 * kib],
      [64 * kib, 256 * kib],
    ])
  })

  test('is read to the end of a file without pixel data, and not beyond', async () => {
    const file = part10({ ...names, TextValue: 'x'.repeat(30_000) })
    const { header, ranges } = await reading(file)
    expect(header.complete).toBe(true)
    expect(ranges).toEqual([
      [0, 16 * kib],
      [16 * kib, file.length],
    ])
  })

  test('is read no further than 16 MiB: what lies behind that is not seen', async () => {
    const { header, ranges } = await reading(fileOf(17 * 1024 * kib))
    expect(header).toMatchObject({ complete: false, attributes: { Modality: 'CT' } })
    expect(header.attributes['TextValue']).toBeUndefined()
    expect(ranges.at(-1)).toEqual([4096 * kib, 16_384 * kib])
  })

  test('is read no further than 256 KiB where it is deflated: inflated that may be much', async () => {
    const text = randomBytes(1_000_000).toString('base64')
    const whole = part10({ ...names, TextValue: text })
    const dataset = whole.subarray(whole.indexOf(Buffer.from('08001600', 'hex')))
    const transferSyntaxUid = '1.2.840.10008.1.2.1.99'
    const meta = part10Header({ sopClassUid: '1.2', sopInstanceUid: '1.3', transferSyntaxUid })
    const { header, ranges } = await reading(Buffer.concat([meta, deflateRawSync(dataset)]))
    expect(header).toMatchObject({ complete: false, attributes: { Modality: 'CT' } })
    expect(ranges.at(-1)).toEqual([64 * kib, 256 * kib])
  })

  test('of a file that turns out shorter than was said is what there is', async () => {
    const { header } = await reading(fileOf(200 * kib).subarray(0, 20_000), 1_000_000)
    expect(header).toMatchObject({ complete: false, attributes: { Modality: 'CT' } })
  })

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['a text', Buffer.from('dice: 0.9')],
    ['much of anything', Buffer.alloc(100_000, 'x')],
    ['a data set without SOP Instance UID', part10({ SOPClassUID: '1.2', Modality: 'CT' })],
    [
      'bytes that cannot be inflated',
      Buffer.concat([
        part10Header({ sopClassUid: '1', sopInstanceUid: '1', transferSyntaxUid: '1.2.840.10008.1.2.1.99' }),
        Buffer.alloc(50, 0xff),
      ]),
    ],
  ])('cannot be had of %s', async (_, file) =>
    expect(reading(file)).rejects.toThrow(expect.objectContaining({ code: 'RD_DICOM_UNREADABLE' }) as Error),
  )
})

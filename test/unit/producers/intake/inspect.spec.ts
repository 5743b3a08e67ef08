import { randomBytes } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { part10Header } from '../../../../core/dicom/part10.ts'
import { isDeflated, transferSyntaxes } from '../../../../core/dicom/transferSyntax.ts'
import { type Head } from '../../../../core/dicom/head.ts'
import { Inspection } from '../../../../producers/intake/inspect.ts'

const explicit = '1.2.840.10008.1.2.1'
const deflated = '1.2.840.10008.1.2.1.99'

const element = (group: number, number: number, vr: string, value: Buffer): Buffer => {
  const long = ['OB', 'OW', 'UN'].includes(vr)
  const head = Buffer.alloc(long ? 12 : 8)
  head.writeUInt16LE(group)
  head.writeUInt16LE(number, 2)
  head.write(vr, 4, 'latin1')
  if (long) head.writeUInt32LE(value.length, 8)
  else head.writeUInt16LE(value.length, 6)
  return Buffer.concat([head, value])
}
const uid = '1.2.840.113619.2.55.1.1762853477.1996.1057846110.17'
const named = Buffer.concat([
  element(0x0008, 0x0016, 'UI', Buffer.from('1.2.840.10008.5.1.4.1.1.2\0')),
  element(0x0008, 0x0018, 'UI', Buffer.from(uid.padEnd(52, '\0'))),
])
const pixels = (length: number): Buffer => element(0x7fe0, 0x0010, 'OW', randomBytes(length))

const inspect = async (dataset: Buffer, syntax: string, chunk = 16_384): Promise<Head> => {
  const names = { sopClassUid: '1.2.3', sopInstanceUid: uid, transferSyntaxUid: syntax }
  const inspection = new Inspection(part10Header(names), syntax)
  for (let at = 0; at < dataset.length; at += chunk) await inspection.push(dataset.subarray(at, at + chunk))
  return inspection.end()
}
const unreadable = expect.objectContaining({ code: 'RD_DICOM_UNREADABLE' }) as Error

describe('an instance that passes', () => {
  test('is known by its head, of which no more is kept than is needed', async () => {
    const { header, length } = await inspect(Buffer.concat([named, pixels(1_000_000)]), explicit)
    expect(header.attributes['SOPInstanceUID']).toBe(uid)
    expect(length).toBe(16 * 1024)
  })

  test('may have more before its pixels than is kept, such as a very long structure set', async () => {
    const long = element(0x3006, 0x0039, 'UN', Buffer.alloc(20 * 1024 * 1024))
    const { header, length } = await inspect(Buffer.concat([named, long]), explicit, 131_072)
    expect(header.attributes['SOPInstanceUID']).toBe(uid)
    expect(length).toBe(16 * 1024 * 1024)
  })

  test('is unreadable where its pixels break off, in the last of its bytes, too', async () => {
    const whole = Buffer.concat([named, pixels(100_000)])
    await expect(inspect(whole.subarray(0, 50_000), explicit)).rejects.toEqual(unreadable)
    await expect(inspect(whole.subarray(0, -1), explicit)).rejects.toEqual(unreadable)
    await expect(inspect(randomBytes(5000), explicit)).rejects.toEqual(unreadable)
  })

  test.each([...transferSyntaxes.keys()].filter(isDeflated))(
    'may be deflated as %s, with or without a byte of padding',
    async (syntax) => {
      const whole = deflateRawSync(Buffer.concat([named, pixels(100_000)]))
      for (const dataset of [whole, Buffer.concat([whole, Buffer.alloc(1)])])
        for (const chunk of [1000, 16_384, 1_000_000]) {
          const { header } = await inspect(dataset, syntax, chunk)
          expect(header.attributes['SOPInstanceUID']).toBe(uid)
        }
    },
  )

  test('is unreadable where the deflated stream is cut, is none, or holds a cut data set', async () => {
    const whole = deflateRawSync(Buffer.concat([named, pixels(100_000)]))
    const cut = deflateRawSync(Buffer.concat([named, pixels(100_000)]).subarray(0, 60_000))
    for (const dataset of [whole.subarray(0, 90_000), whole.subarray(0, 100), randomBytes(40_000), cut])
      await expect(inspect(dataset, deflated)).rejects.toEqual(unreadable)
  })
})

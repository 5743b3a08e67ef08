import { describe, expect, test } from 'vitest'
import { implementationClassUid, parsePart10, part10Header } from '../../../../core/dicom/part10.ts'

const instance = {
  sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
  sopInstanceUid: '2.25.1234',
  transferSyntaxUid: '1.2.840.10008.1.2.1',
}
const firstElement = Buffer.from('0800050043530a0049534f5f495220313030', 'hex')
const header = part10Header({ ...instance, sourceAeTitle: 'SCANNER' })
const file = Buffer.concat([header, firstElement])
const unreadable = expect.objectContaining({ code: 'RD_DICOM_UNREADABLE' }) as Error

/** A header without its group length, as some programs write it. */
const withoutGroupLength = (bytes: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, 132), bytes.subarray(144)])
const element = (tag: number, value: string): Buffer => {
  const head = Buffer.from([2, 0, tag, 0, 0x55, 0x49, 0, 0])
  head.writeUInt16LE(value.length, 6)
  return Buffer.concat([head, Buffer.from(value, 'latin1')])
}
const start = Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')])

describe('the header of a file', () => {
  test('is preamble, prefix and File Meta Information, byte by byte', () => {
    expect(header.subarray(0, 132)).toEqual(start)
    expect(header.subarray(132).toString('latin1')).toBe(
      [
        `\x02\0\0\0UL\x04\0${String.fromCharCode(header.length - 144)}\0\0\0`,
        '\x02\0\x01\0OB\0\0\x02\0\0\0\0\x01',
        '\x02\0\x02\0UI\x1a\x001.2.840.10008.5.1.4.1.1.2\0',
        '\x02\0\x03\0UI\x0a\x002.25.1234\0',
        '\x02\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0',
        `\x02\0\x12\0UI\x2c\0${implementationClassUid.padEnd(44, '\0')}`,
        '\x02\0\x13\0SH\x0a\0RADDEPLOY ',
        '\x02\0\x16\0AE\x08\0SCANNER ',
      ].join(''),
    )
  })

  test('names no source where there is none', () =>
    expect(part10Header(instance).includes(Buffer.from([2, 0, 0x16, 0]))).toBe(false))

  test('says who we are by a UID that a UUID gives', () => {
    const hex = BigInt(implementationClassUid.replace('2.25.', '')).toString(16).padStart(32, '0')
    expect(hex).toMatch(/^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/)
  })
})

describe('reading the header of a file', () => {
  test('gives back what was written, and where the data set begins', () =>
    expect(parsePart10(file)).toEqual({ ...instance, datasetOffset: header.length }))

  test('does without the group length, and with a wrong one', () => {
    expect(parsePart10(withoutGroupLength(file))).toEqual({ ...instance, datasetOffset: header.length - 12 })
    const wrong = Buffer.from(file)
    wrong.writeUInt32LE(14, 140)
    expect(parsePart10(wrong)).toEqual({ ...instance, datasetOffset: header.length })
  })

  test('cut anywhere before the end of the File Meta Information is an error, never a wrong offset', () => {
    for (let length = 0; length < header.length; length += 1)
      expect(() => parsePart10(file.subarray(0, length)), `${length} bytes`).toThrow(unreadable)
    const bare = withoutGroupLength(file)
    for (let length = 0; length <= header.length - 12; length += 1)
      expect(() => parsePart10(bare.subarray(0, length)), `${length} bytes`).toThrow(unreadable)
  })

  test('cut right behind the File Meta Information or later gives the same', () => {
    for (let length = header.length; length <= file.length; length += 1)
      expect(parsePart10(file.subarray(0, length)).datasetOffset).toBe(header.length)
  })

  test('takes a deflated data set that begins with the number of group 2 for what it is', () => {
    const deflated = Buffer.concat([header, Buffer.from([2, 0, 0x4b, 0x4c, 0x4a, 0x06, 0, 0, 0, 0])])
    expect(parsePart10(deflated).datasetOffset).toBe(header.length)
    expect(parsePart10(deflated.subarray(0, header.length + 4)).datasetOffset).toBe(header.length)
  })

  test('skips private information of any length', () => {
    const owner = Buffer.from('020002014f420000f4010000', 'hex')
    const long = Buffer.concat([header, owner, Buffer.alloc(500), firstElement])
    expect(parsePart10(long).datasetOffset).toBe(header.length + 512)
    owner.writeUInt32LE(0xffff_ffff, 8)
    expect(() => parsePart10(Buffer.concat([header, owner, firstElement]))).toThrow(unreadable)
  })

  test('what is no Part 10 file is an error', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(4096), Buffer.from('{"files": []}'.repeat(20))])
      expect(() => parsePart10(bytes)).toThrow(unreadable)
  })

  test('a UID that is missing, too long or not made of numbers is an error', () => {
    for (const uid of ['', '1.2.3'.padEnd(66, '4'), '1.2.a4'])
      expect(() =>
        parsePart10(
          Buffer.concat([start, element(2, uid), element(3, '1.23'), element(0x10, '1.2 '), firstElement]),
        ),
      ).toThrow(unreadable)
    const padded = [element(2, '1.2 '), element(3, '1.23'), element(0x10, '1.2\0')]
    expect(parsePart10(Buffer.concat([start, ...padded, firstElement]))).toMatchObject({
      sopClassUid: '1.2',
      transferSyntaxUid: '1.2',
    })
  })
})

import { describe, expect, test } from 'vitest'
import { StructureReader } from '../../../../core/dicom/structure.ts'

const explicit = { implicitVr: false, littleEndian: true }
const implicit = { implicitVr: true, littleEndian: true }
const bigEndian = { implicitVr: false, littleEndian: false }
const open = 0xffffffff

const tag = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt16LE(value >>> 16)
  bytes.writeUInt16LE(value & 0xffff, 2)
  return bytes
}
const length32 = (length: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(length)
  return bytes
}
/** An element in Explicit VR Little Endian; `length` where it is not that of the value. */
const element = (at: number, vr: string, value: Buffer = Buffer.alloc(0), length = value.length): Buffer => {
  const long = ['OB', 'OW', 'SQ', 'UN', 'UT'].includes(vr)
  const size = Buffer.alloc(2)
  size.writeUInt16LE(long ? 0 : length)
  return Buffer.concat([tag(at), Buffer.from(vr), size, long ? length32(length) : Buffer.alloc(0), value])
}
const plain = (at: number, value: Buffer = Buffer.alloc(0), length = value.length): Buffer =>
  Buffer.concat([tag(at), length32(length), value])
const item = (content: Buffer): Buffer => plain(0xfffee000, content)
const openItem = (content: Buffer): Buffer =>
  Buffer.concat([plain(0xfffee000, content, open), plain(0xfffee00d)])
const sequenceEnd = plain(0xfffee0dd)

const name = element(0x00100010, 'PN', Buffer.from('A^B '))
const nested = Buffer.concat([
  element(0x00081140, 'SQ', Buffer.alloc(0), open),
  openItem(Buffer.concat([element(0x300a00b0, 'SQ', Buffer.alloc(0), open), item(name), sequenceEnd, name])),
  item(Buffer.from('what lies in an item of stated length is stepped over')),
  sequenceEnd,
])
const hidden = Buffer.concat([
  element(0x00091001, 'UN', Buffer.alloc(0), open),
  openItem(plain(0x00091002, Buffer.from('implicit inside'))),
  sequenceEnd,
])
const fragments = Buffer.concat([
  element(0x7fe00010, 'OB', Buffer.alloc(0), open),
  item(Buffer.alloc(0)),
  item(Buffer.alloc(70_000, 0xff)),
  sequenceEnd,
])
const whole = Buffer.concat([name, nested, hidden, element(0x7fe00010, 'OW', Buffer.alloc(1000)), fragments])

const problemOf = (bytes: Buffer, encoding = explicit, chunk = bytes.length || 1): string | undefined => {
  const reader = new StructureReader(encoding)
  for (let at = 0; at < bytes.length; at += chunk) reader.push(bytes.subarray(at, at + chunk))
  return reader.end()
}

describe('a data set', () => {
  test.each([1, 2, 3, 7, 11, 12, 13, 4096, whole.length])(
    'is whole when it comes %i bytes at a time',
    (chunk) => expect(problemOf(whole, explicit, chunk)).toBeUndefined(),
  )

  test('that is cut anywhere but between its elements is not whole', () => {
    const between = [name, nested, hidden].reduce<number[]>(
      (ends, part) => [...ends, ends.at(-1)! + part.length],
      [0],
    )
    const head = Buffer.concat([name, nested, hidden])
    for (let length = 0; length < head.length; length++)
      expect(problemOf(head.subarray(0, length)) === undefined, `${length} bytes`).toBe(
        between.includes(length),
      )
  })

  test('that lacks one byte of its pixels, or the end of its fragments, is not whole', () => {
    const pixels = element(0x7fe00010, 'OW', Buffer.alloc(1000))
    expect(problemOf(pixels.subarray(0, -1))).toBe('it ends 1 bytes before its last value does')
    expect(problemOf(fragments.subarray(0, -8))).toBe('it ends inside a sequence')
    expect(problemOf(fragments.subarray(0, -9))).toMatch(/ends 1 bytes before|inside/)
  })

  test('may be implicit, big endian, or filled up with zeros', () => {
    expect(
      problemOf(
        Buffer.concat([plain(0x00100010, Buffer.from('A^B ')), plain(0x00081140, item(name))]),
        implicit,
      ),
    ).toBeUndefined()
    expect(
      problemOf(Buffer.from('00100010504e00044100420a'.replace('0a', '20'), 'hex'), bigEndian),
    ).toBeUndefined()
    expect(problemOf(Buffer.concat([whole, Buffer.alloc(5)]))).toBeUndefined()
  })

  test('is refused where items are no items or nesting has no end', () => {
    expect(problemOf(Buffer.concat([element(0x00081140, 'SQ', Buffer.alloc(0), open), name]))).toMatch(
      /something else/,
    )
    expect(problemOf(item(name))).toMatch(/outside a sequence/)
    const deeper = Buffer.concat([
      element(0x00081140, 'SQ', Buffer.alloc(0), open),
      plain(0xfffee000, Buffer.alloc(0), open),
    ])
    expect(problemOf(Buffer.concat(Array.from({ length: 1000 }, () => deeper)))).toMatch(/nested more than/)
    expect(problemOf(Buffer.from('this is no DICOM at all, but some text'))).toBeDefined()
  })
})

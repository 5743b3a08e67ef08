import { describe, expect, test } from 'vitest'
import { SyntaxConverter } from '../../../../core/dicom/convert/converter.ts'
import { decodeRleFrame } from '../../../../core/dicom/convert/rle.ts'
import { isConvertible } from '../../../../core/dicom/convert/syntaxes.ts'

const explicit = { implicitVr: false, littleEndian: true }
const implicit = { implicitVr: true, littleEndian: true }
const big = { implicitVr: false, littleEndian: false }
const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex')
const convert = (source: typeof explicit, target: { implicitVr: boolean }, hex: string, step = 1): string => {
  const converter = new SyntaxConverter(source, target)
  const all = bytes(hex)
  const out: Buffer[] = []
  for (let at = 0; at < all.length; at += step) out.push(...converter.push(all.subarray(at, at + step)))
  return Buffer.concat([...out, ...converter.end()]).toString('hex')
}
const joined = (...parts: string[]): string => parts.join('').replaceAll(/\s/g, '')

describe('a data set that is written in another way', () => {
  test('keeps every byte of its texts and private elements', () => {
    const text = '10001000 504e 0600 c3c45e203d00'
    const unknown = '09000110 554e 0000 04000000 feff00e0'
    const inImplicit = joined('10001000 06000000 c3c45e203d00', '09000110 04000000 feff00e0')
    for (const step of [1, 5, 100]) {
      expect(convert(explicit, implicit, text + unknown, step)).toBe(inImplicit)
      expect(convert(implicit, explicit, inImplicit, step)).toBe(joined(text, unknown))
    }
  })

  test('has numbers turned round where they were in big endian, and nothing else', () => {
    const source = joined(
      '0028 0010 5553 0002 0102',
      '0028 0009 4154 0004 0018 1063',
      '0018 9087 4644 0008 0102030405060708',
      '0009 1001 4f42 0000 00000004 01020304',
      '7fe0 0010 4f57 0000 00000004 01020304',
    )
    const target = joined(
      '2800 1000 5553 0200 0201',
      '2800 0900 4154 0400 1800 6310',
      '1800 8790 4644 0800 0807060504030201',
      '0900 0110 4f42 0000 04000000 01020304',
      'e07f 1000 4f57 0000 04000000 02010403',
    )
    for (const step of [1, 3, 100]) expect(convert(big, explicit, source, step)).toBe(target)
  })

  test('has sequences and items that end by delimiters, however deep, and no lengths of groups', () => {
    const inner = '08000201 53480200 4142'
    const item = `feff00e0 ${'0a000000'} ${inner}`
    const source = `08000000 554c0400 99000000 32301400 0040 5351 0000 12000000 ${item}`.replace(
      '32301400 0040',
      '08001011',
    )
    expect(convert(explicit, implicit, source)).toBe(
      joined(
        '08001011 ffffffff',
        'feff00e0 ffffffff',
        '08000201 02000000 4142',
        'feff0de0 00000000',
        'feffdde0 00000000',
      ),
    )
  })

  test('finds what UN of undefined length hides, which is implicit in every syntax', () => {
    const hidden = joined('feff00e0 ffffffff', '08000201 02000000 4142', 'feff0de0 00000000')
    const source = joined('09000210 554e 0000 ffffffff', hidden, 'feffdde0 00000000')
    expect(convert(explicit, implicit, source)).toBe(joined('09000210 ffffffff', hidden, 'feffdde0 00000000'))
  })

  test('gives elements that have no VR that of the dictionary; pixels with a sign make signed values', () => {
    const source = (sign: string): string =>
      joined(
        '28000301 02000000',
        sign,
        '28000601 02000000 0100',
        '28000630 02000000 0100',
        '99990110 00000000',
      )
    expect(convert(implicit, explicit, source('0000'))).toContain(joined('28000601 5553 0200 0100'))
    expect(convert(implicit, explicit, source('0100'))).toContain(joined('28000601 5353 0200 0100'))
    expect(convert(implicit, explicit, source('0100'))).toContain(joined('28000630 4f57 0000 02000000 0100'))
    expect(convert(implicit, explicit, source('0100'))).toContain(joined('99990110 554e 0000 00000000'))
  })

  test('makes a value that is too long for its VR UN', () => {
    const value = '31'.repeat(0x10000)
    expect(convert(implicit, explicit, `06305000 00000100 ${value}`, 5000)).toBe(
      joined('06305000 554e 0000 00000100', value),
    )
  })

  test.each([
    ['ends inside a value', '10001000 504e 0600 c3c4'],
    ['ends inside an element', '10001000 50'],
    ['ends inside a sequence', '08001011 5351 0000 ffffffff'],
    ['holds something else than items', '08001011 5351 0000 ffffffff 10001000 504e 0000'],
    ['lies outside a sequence', 'feff00e0 00000000'],
    [
      'longer than what it lies in',
      '08001011 5351 0000 12000000 feff00e0 0a000000 08000201 5348 0400 41424344',
    ],
  ])('is none where it %s', (why, hex) => {
    expect(() => convert(explicit, implicit, hex, 4)).toThrow(
      expect.objectContaining({
        code: 'RD_DICOM_UNREADABLE',
        message: expect.stringContaining(why) as string,
      }) as Error,
    )
  })

  test('that nests without end is refused', () => {
    const open = '08001011 ffffffff feff00e0 ffffffff'
    expect(() => convert(implicit, explicit, open.repeat(200), 1000)).toThrow(/more than 256 deep/)
  })
})

describe('an RLE frame', () => {
  const shape = { rows: 1, columns: 4, samples: 1, bitsAllocated: 16, planarConfiguration: 0, frames: 1 }
  const frame = (...segments: string[]): Buffer => {
    const header = Buffer.alloc(64)
    header.writeUInt32LE(segments.length)
    let at = 64
    for (const [n, one] of segments.entries()) {
      header.writeUInt32LE(at, 4 + 4 * n)
      at += bytes(one).length
    }
    return Buffer.concat([header, ...segments.map(bytes)])
  }

  test('has the most significant bytes first, literal and repeated', () =>
    expect(decodeRleFrame(frame('03 01020304', 'fd 0a 80'), shape).toString('hex')).toBe('0a010a020a030a04'))

  test('of colours is in planes, or side by side, as the image says', () => {
    const colours = { ...shape, samples: 3, bitsAllocated: 8, columns: 2 }
    const rgb = frame('01 0102', '01 1112', '01 2122')
    expect(decodeRleFrame(rgb, colours).toString('hex')).toBe('011121021222')
    expect(decodeRleFrame(rgb, { ...colours, planarConfiguration: 1 }).toString('hex')).toBe('010211122122')
  })

  test.each([
    ['no header', Buffer.alloc(3)],
    ['too few segments', frame('03 01020304')],
    ['a segment that ends', frame('03 010203', 'fd 0a')],
    ['segments that lie elsewhere', Buffer.concat([Buffer.from([2, 0, 0, 0, 255, 255]), Buffer.alloc(70)])],
  ])('with %s is refused', (_, one) =>
    expect(() => decodeRleFrame(one, shape)).toThrow(
      expect.objectContaining({ code: 'RD_DICOM_UNREADABLE' }) as Error,
    ),
  )

  test('of an image that says nothing of itself is refused', () =>
    expect(() => decodeRleFrame(frame('fd 0a'), { ...shape, rows: 0 })).toThrow(/are no image/))
})

test.each([
  ['1.2.840.10008.1.2.2', '1.2.840.10008.1.2', true],
  ['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', true],
  ['1.2.840.10008.1.2.5', '1.2.840.10008.1.2.1', true],
  ['1.2.840.10008.1.2.1', '1.2.840.10008.1.2.2', false],
  ['1.2.840.10008.1.2.4.50', '1.2.840.10008.1.2.1', false],
  ['1.2.840.10008.1.2', '1.2.840.10008.1.2', false],
])('from %s to %s without loss: %s', (from, to, can) => expect(isConvertible(from, to)).toBe(can))

import { inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readElements } from '../../../../core/dicom/attributes/elements.ts'
import { parsePart10 } from '../../../../core/dicom/part10.ts'
import { Keyed } from '../../../../core/deidentify/keyed.ts'
import {
  type Syntax,
  type Wanted,
  dataset,
  deidentifierOf,
  element,
  encodingOf,
  fileOf,
  fragments,
  key,
  names,
  rewrite,
  sopInstanceUid,
} from '../../../support/datasets.ts'

const explicit = encodingOf('explicit')
/** Rules that go through everything and find nothing to do. */
const nothing = { profile: 'none', tags: { SOPAuthorizationComment: { remove: true } } }
const pixels = (length: number): Wanted => ({ tag: 0x7fe00010, vr: 'OW', value: Buffer.alloc(length, 7) })
const trailing: Wanted = { tag: 0xfffcfffc, vr: 'OB', value: Buffer.from('ROENTGEN') }

const vrsOfText = ['LO', 'SH', 'ST', 'UT', 'UN', 'OB'] as const
const wanted = (depth: number): fc.Arbitrary<Wanted> =>
  fc
    .tuple(
      fc.integer({ min: 0x0008, max: 0x6fff }),
      fc.integer({ min: 0, max: 0xffff }),
      fc.oneof(
        fc.tuple(fc.constantFrom(...vrsOfText), fc.uint8Array({ maxLength: 20 })),
        ...(depth === 0
          ? []
          : [fc.tuple(fc.constant('SQ'), fc.array(elements(depth - 1), { maxLength: 3 }))]),
      ),
    )
    // What is a sequence by the dictionary cannot hold just anything, and group FFFE is no data.
    .filter(
      ([group, number, [vr]]) => (vr !== 'UN' || group % 2 === 1) && !(group === 0x0008 && number < 0x20),
    )
    .map(([group, number, [vr, value]]) => ({
      tag: group * 65_536 + number,
      vr,
      value: value instanceof Uint8Array ? Buffer.from([...value, ...(value.length % 2 ? [0] : [])]) : value,
    }))
const elements = (depth: number): fc.Arbitrary<readonly Wanted[]> =>
  fc.array(wanted(depth), { maxLength: 6 }).map((all) => [...all].sort((a, b) => a.tag - b.tag))

describe('what is not changed', () => {
  test('stays bit by bit: private and unknown elements, lengths of groups, any nesting, any pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        elements(2),
        fc.boolean(),
        fc.constantFrom<Syntax>('explicit', 'bigEndian', 'deflated'),
        fc.integer({ min: 1, max: 300 }),
        async (content, isOpen, syntax, piece) => {
          const before = Buffer.concat([
            dataset([...names, ...content, pixels(60)], encodingOf(syntax), isOpen),
            dataset([trailing], encodingOf(syntax)),
          ])
          const file = fileOf(before, syntax)
          const { rewritten, content: after } = await rewrite(deidentifierOf(nothing), file, piece)
          expect(after.length).toBe(rewritten.size)
          expect(after.equals(file.subarray(parsePart10(file).datasetOffset))).toBe(true)
        },
      ),
      { numRuns: 100 },
    )
  })

  test('stays bit by bit beside what is: padding, order, odd numbers, implicit VR inside explicit', async () => {
    const before = [
      ...names.map((one) => element(one, explicit)),
      element({ tag: 0x00180050, vr: 'DS', value: ' 1.50 ' }, explicit),
      // Some writers forget the VRs in items.
      element(
        {
          tag: 0x30060010,
          vr: 'SQ',
          value: [[{ tag: 0x00180050, vr: 'DS', value: '007 ' }]],
        },
        encodingOf('implicit'),
      ),
      element({ tag: 0x00200013, vr: 'IS', value: '007' }, explicit),
      Buffer.alloc(6),
    ]
    const file = fileOf(Buffer.concat(before), 'explicit')
    const rules = { profile: 'none', tags: { InstanceNumber: { set: 8 } } }
    const { content } = await rewrite(deidentifierOf(rules), file)
    const after = [...before]
    after[4] = element({ tag: 0x00200013, vr: 'IS', value: '8' }, explicit)
    expect(content.equals(Buffer.concat(after))).toBe(true)
  })

  test.each([1, 7, 4096, 1_000_000])('pixels go through as they came, in pieces of %i', async (piece) => {
    const first = Buffer.from('fffee000fffee0dd7fe00010', 'hex')
    const compressed = fragments([first, Buffer.alloc(0), Buffer.alloc(70_000, 0xfe)])
    const head = dataset([...names, { tag: 0x00100010, vr: 'PN', value: 'ROENTGEN' }], explicit)
    const file = fileOf(Buffer.concat([head, compressed, dataset([trailing], explicit)]), 'rle')
    const { rewritten, content } = await rewrite(deidentifierOf(true), file, piece)
    expect(content.length).toBe(rewritten.size)
    expect(content.subarray(-compressed.length).equals(compressed)).toBe(true)
    expect(content.includes('ROENTGEN')).toBe(false)
  })
})

describe('the length as rewritten', () => {
  test('is known without reading the pixels', async () => {
    const head = dataset(
      [...names, { tag: 0x00100010, vr: 'PN', value: 'ROENTGEN' }, pixels(3_000_000)],
      explicit,
    )
    const { rewritten, content, read } = await rewrite(deidentifierOf(true), fileOf(head, 'explicit'))
    expect(content.length).toBe(rewritten.size)
    expect(read).toBeLessThan(100_000)
  })

  test('is known of compressed pixels by the heads of their fragments', async () => {
    const frames = fragments(Array.from({ length: 3 }, () => Buffer.alloc(3_000_000)))
    const file = fileOf(Buffer.concat([dataset(names, explicit), frames]), 'rle')
    const { rewritten, content, read } = await rewrite(deidentifierOf(true), file)
    expect(content.length).toBe(rewritten.size)
    expect(read).toBeLessThan(4_000_000)
  })
})

describe('what is added', () => {
  const elementsOf = async (rules: unknown, before: readonly Wanted[], syntax: Syntax = 'explicit') => {
    const file = fileOf(dataset([...names, ...before, pixels(10)], encodingOf(syntax)), syntax)
    const { content } = await rewrite(deidentifierOf(rules), file)
    const plain = syntax === 'deflated' ? inflateRawSync(content) : content
    return readElements(plain, 0, plain.length, encodingOf(syntax)).elements
  }
  const textsOf = async (rules: unknown, before: readonly Wanted[] = []): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await elementsOf(rules, before)).map(({ tag, value }) => [
        tag.toString(16).padStart(8, '0'),
        value.toString('latin1').trim(),
      ]),
    )

  test.each(['explicit', 'implicit', 'bigEndian', 'deflated'] as const)(
    'says what was done, in ascending order: %s',
    async (syntax) => {
      const before: Wanted[] = [
        { tag: 0x00120062, vr: 'CS', value: 'NO' },
        { tag: 0x00180050, vr: 'DS', value: '1' },
        { tag: 0x30060002, vr: 'SH', value: 'A' },
      ]
      const options = ['retain_uids', 'retain_longitudinal_modified_dates']
      const after = await elementsOf({ options }, before, syntax)
      const tags = after.map(({ tag }) => tag)
      expect(tags).toEqual([...tags].sort((a, b) => a - b))
      expect(new Set(tags).size).toBe(tags.length)
      const codes = after.find(({ tag }) => tag === 0x00120064)!.items!
      expect(codes.map((item) => item[0]!.value.toString().trim())).toEqual(['113100', '113110', '113107'])
    },
  )

  test('tells how dates were treated, and by which rules', async () => {
    const { hash } = deidentifierOf(true)
    const after = await textsOf(true)
    expect(after['00120062']).toBe('YES')
    expect(after['00120063']).toBe(`PS3.15 2026d table E.1-1\\RadDeploy rules ${hash.slice(0, 12)}`)
    expect(after['00280303']).toBe('REMOVED')
    expect((await textsOf({ options: ['retain_longitudinal_full_dates'] }))['00280303']).toBe('UNMODIFIED')
    expect((await textsOf({ options: ['retain_longitudinal_modified_dates'] }))['00280303']).toBe('MODIFIED')
  })

  test('is no claim where more is kept than the profile allows', async () => {
    const after = await textsOf({ tags: { PatientID: { keep: true } } }, [
      { tag: 0x00100020, vr: 'LO', value: '1' },
    ])
    expect(after['00100020']).toBe('1')
    expect(after['00120062']).toBeUndefined()
    expect(after['00120064']).toBeUndefined()
    const kept = { tags: { SliceThickness: { keep: true } } }
    expect((await textsOf(kept))['00120062']).toBe('YES')
  })

  test('lengths of groups go where their group has changed, and stay elsewhere', async () => {
    const length = (tag: number): Wanted => ({ tag, vr: 'UL', value: Buffer.from([8, 0, 0, 0]) })
    const rules = { profile: 'none', tags: { PatientName: { empty: true } } }
    const after = await elementsOf(rules, [
      length(0x00100000),
      { tag: 0x00100010, vr: 'PN', value: 'R' },
      length(0x00180000),
      { tag: 0x00180050, vr: 'DS', value: '1 ' },
    ])
    const tags = after.map(({ tag }) => tag)
    expect(tags).not.toContain(0x00100000)
    expect(tags).toContain(0x00180000)
    expect((await elementsOf(true, [length(0x00180000)])).map(({ tag }) => tag)).not.toContain(0x00180000)
  })
})

describe('UIDs', () => {
  test('are replaced in the File Meta Information as in the data set', async () => {
    const file = fileOf(dataset(names, explicit), 'explicit')
    const { rewritten } = await rewrite(deidentifierOf(true), file)
    const meta = parsePart10(rewritten.header)
    expect(meta.sopInstanceUid).toBe(rewritten.sopInstanceUid)
    expect(meta.sopInstanceUid).toBe(new Keyed(key).uid(sopInstanceUid))
    expect(meta).toMatchObject({
      sopClassUid: rewritten.sopClassUid,
      transferSyntaxUid: rewritten.transferSyntaxUid,
    })
  })

  test('are the same in every file and in every process, and others under another key', () => {
    expect(new Keyed(key).uid('1.2.3')).toBe(new Keyed(Buffer.from(key)).uid('1.2.3'))
    expect(new Keyed(key).uid('1.2.3')).not.toBe(new Keyed(Buffer.from('other')).uid('1.2.3'))
    expect(new Keyed(key).uid('1.2.3')).not.toBe(new Keyed(key).uid('1.2.4'))
  })

  test('are UUIDs below 2.25, never longer than 64 characters', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const uid = new Keyed(key).uid(`9.${text}`)
        expect(uid).toMatch(/^2\.25\.(0|[1-9]\d{0,38})$/)
        const digits = BigInt(uid.slice(5)).toString(16).padStart(32, '0')
        expect(digits[12]).toBe('8')
        expect('89ab').toContain(digits[16])
      }),
    )
  })
})

describe('the hash of the rules', () => {
  test('depends on what they say, not on how it is written', () => {
    const { hash } = deidentifierOf(true)
    expect(hash).toMatch(/^[0-9a-f]{64}$/)
    expect(deidentifierOf({ profile: 'basic', tags: {}, options: [] }).hash).toBe(hash)
    expect(deidentifierOf({ options: ['retain_uids', 'clean_descriptors'] }).hash).toBe(
      deidentifierOf({ options: ['clean_descriptors', 'retain_uids'] }).hash,
    )
    expect(deidentifierOf({ options: ['retain_uids'] }).hash).not.toBe(hash)
    expect(deidentifierOf(true, Buffer.from('another key')).hash).toBe(hash)
  })
})

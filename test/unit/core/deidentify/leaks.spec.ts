import { inflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { dictionaryVrOf } from '../../../../core/dicom/attributes/dictionary.ts'
import { StructureReader } from '../../../../core/dicom/structure.ts'
import { table } from '../../../../core/deidentify/table.ts'
import {
  type Syntax,
  type Wanted,
  dataset,
  deidentifierOf,
  encodingOf,
  fileOf,
  names,
  rewrite,
} from '../../../support/datasets.ts'

/** What must be found nowhere, as text or bytes. */
const secrets = ['ROENTGEN', '18450327', '115959', '1.9.77', '042Y', 'SECRETSOURCE']

const secretValue = (vr: string): Wanted['value'] => {
  const values: Record<string, Wanted['value']> = {
    AS: '042Y',
    DA: '18450327',
    DS: '18450327',
    DT: '18450327115959',
    IS: '18450327',
    TM: '115959',
    UI: '1.9.77.1',
    UR: 'http://ROENTGEN',
    SQ: [[{ tag: 0x00080104, vr: 'LO', value: 'ROENTGEN' }]],
  }
  return values[vr] ?? (['OB', 'OW', 'UN'].includes(vr) ? Buffer.from('ROENTGEN') : 'ROENTGEN')
}

const elementOf = (tag: number, basic: string): Wanted => {
  const plain: Record<string, string> = { xs: 'US', ox: 'OW', lt: 'OW' }
  const known = dictionaryVrOf(tag)
  const vr = known === undefined ? 'LO' : (plain[known] ?? known)
  // What keeps its items loses the UIDs in them.
  const items: Wanted['value'] = [[{ tag: 0x00081155, vr: 'UI', value: '1.9.77.2' }]]
  return { tag, vr, value: vr === 'SQ' && basic.includes('U') ? items : secretValue(vr) }
}

/** Every attribute of the table with a value that tells who it is. */
const tellingElements: readonly Wanted[] = table
  .flatMap(({ basic, tags }) => tags.split(' ').map((tag) => ({ basic, tag })))
  .flatMap(({ basic, tag }) => {
    if (tag === 'private')
      return [
        { tag: 0x00090010, vr: 'LO', value: 'ROENTGEN' },
        { tag: 0x00091001, vr: 'LO', value: 'ROENTGEN' },
        { tag: 0x00091002, vr: 'SQ', value: [[{ tag: 0x00100010, vr: 'PN', value: 'ROENTGEN' }]] },
      ]
    return elementOf(parseInt(tag.replaceAll('x', '0'), 16), basic)
  })
  .filter(({ tag }) => tag >>> 16 !== 2 && tag !== 0x00080018)

const ascending = (elements: readonly Wanted[]): Wanted[] => [...elements].sort((a, b) => a.tag - b.tag)
/** As they are, and within a sequence that stays, and within one in that. */
const everywhere = ((): readonly Wanted[] => {
  const inner = ascending(tellingElements)
  const deep: Wanted = {
    tag: 0x30060010,
    vr: 'SQ',
    value: [[{ tag: 0x30060012, vr: 'SQ', value: [inner] }], inner],
  }
  return ascending([...names, ...tellingElements, deep])
})()

const found = (bytes: Buffer): string[] => secrets.filter((secret) => bytes.includes(secret))
const plainOf = (content: Buffer, syntax: Syntax): Buffer =>
  syntax === 'deflated' ? inflateRawSync(content) : content

describe('a file that tells who it is in every attribute of the table', () => {
  const cases = (['explicit', 'implicit', 'bigEndian', 'deflated'] as const).flatMap((syntax) =>
    [false, true].map((isOpen) => [syntax, isOpen] as const),
  )

  test.each(cases)('tells nothing any more: %s, ends of sequences marked: %s', async (syntax, isOpen) => {
    const before = dataset(everywhere, encodingOf(syntax), isOpen)
    const file = fileOf(before, syntax)
    expect(found(before)).toEqual(secrets.filter((one) => one !== 'SECRETSOURCE'))
    expect(tellingElements.length).toBeGreaterThan(650)
    const { rewritten, content } = await rewrite(deidentifierOf(true), file)
    const after = plainOf(content, syntax)
    expect(found(after)).toEqual([])
    const structure = new StructureReader(encodingOf(syntax))
    structure.push(after)
    expect(structure.end()).toBeUndefined()
    expect(found(rewritten.header)).toEqual([])
    expect(rewritten.header.includes('1.2.3.4.5')).toBe(false)
  })

  test('with every option but those that keep, tells nothing, either', async () => {
    const options = ['clean_descriptors', 'retain_safe_private']
    const rules = { options, safe_private: { SIEMENS: ['(0009,xx01)'] } }
    const { content } = await rewrite(
      deidentifierOf(rules),
      fileOf(dataset(everywhere, encodingOf('explicit')), 'explicit'),
    )
    expect(found(content)).toEqual([])
  })

  test('hidden in UN, it is found all the same', async () => {
    const implicit = encodingOf('implicit')
    const item = (content: Buffer): Buffer => {
      const head = Buffer.from('feff00e000000000', 'hex')
      head.writeUInt32LE(content.length, 4)
      return Buffer.concat([head, content])
    }
    const hidden = item(dataset([{ tag: 0x00100010, vr: 'PN', value: 'ROENTGEN' }], implicit))
    for (const syntax of ['explicit', 'bigEndian'] as const) {
      const elements = [
        ...names,
        { tag: 0x00081030, vr: 'UN', value: Buffer.from('ROENTGEN') },
        // Structure Set ROI Sequence, which stays.
        { tag: 0x30060020, vr: 'UN', value: hidden },
      ]
      const file = fileOf(dataset(elements, encodingOf(syntax)), syntax)
      const { content } = await rewrite(deidentifierOf(true), file)
      expect(found(content), syntax).toEqual([])
      expect(content.includes(Buffer.from('10001000000000', 'hex').subarray(0, 4)), syntax).toBe(true)
    }
  })
})

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deidentifierOf, rewrite } from '../../support/datasets.ts'
import { type Syntax, type Wanted, makeFile, patient } from '../../support/dicomFiles.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raddeploy-deidentify-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** De-identifies a file into another. */
const deidentified = async (path: string, rules: unknown): Promise<string> => {
  const { rewritten, content } = await rewrite(deidentifierOf(rules), await readFile(path))
  expect(content.length).toBe(rewritten.size)
  const target = `${path}.new.dcm`
  await writeFile(target, Buffer.concat([rewritten.header, content]))
  return target
}
const dcmdump = async (path: string): Promise<string> => {
  const { stdout, stderr } = await execa('dcmdump', ['+L', '-M', path])
  expect(stderr).toBe('')
  return stdout
}
/** What dciodvfy calls an error, without what the line says of where. */
const errorsIn = async (path: string, isDeflated: boolean): Promise<string[]> => {
  // It does not inflate.
  const plain = `${path}.plain`
  await execa('dcmconv', [isDeflated ? '+te' : '+t=', path, plain])
  const { all } = await execa('dciodvfy', ['-new', plain], { all: true, reject: false })
  return all.split('\n').filter((line) => line.startsWith('Error'))
}

const identified = [
  '(0008,0080) LO [PHYSIKALISCHES INSTITUT]',
  '(0008,0090) PN [KOELLIKER^ALBERT]',
  '(0008,0050) SH [18951222]',
  '(0008,1010) SH [ROENTGENS TUBE]',
  '(0018,1000) LO [TUBE 1]',
  '(0010,0040) CS [M]',
  '(0010,1010) AS [050Y]',
]
const secrets = [
  ...Object.values(patient),
  'PHYSIKALISCHES',
  'KOELLIKER',
  '18951222',
  'TUBE 1',
  'NOBODY KNOWS',
]

const report = [
  '(0040,a040) CS [CONTAINER]',
  '(0040,a043) SQ',
  '(fffe,e000) na',
  '(0008,0100) SH [126000]',
  '(0008,0102) SH [DCM]',
  '(0008,0104) LO [Imaging Measurement Report]',
  '(fffe,e00d) na',
  '(fffe,e0dd) na',
  '(0040,a050) CS [SEPARATE]',
  '(0040,a073) SQ',
  '(fffe,e000) na',
  '(0040,a027) LO [PHYSIKALISCHES INSTITUT]',
  '(0040,a030) DT [18951228120000]',
  '(0040,a075) PN [KOELLIKER^ALBERT]',
  '(fffe,e00d) na',
  '(fffe,e0dd) na',
  '(0040,a491) CS [COMPLETE]',
  '(0040,a493) CS [VERIFIED]',
  '(0040,a730) SQ',
  '(fffe,e000) na',
  '(0040,a010) CS [CONTAINS]',
  '(0040,a040) CS [TEXT]',
  '(0040,a043) SQ',
  '(fffe,e000) na',
  '(0008,0100) SH [121106]',
  '(0008,0102) SH [DCM]',
  '(0008,0104) LO [Comment]',
  '(fffe,e00d) na',
  '(fffe,e0dd) na',
  `(0040,a160) UT [Hand of ${patient.name}]`,
  '(fffe,e00d) na',
  '(fffe,e0dd) na',
]
const perFrame = [
  '(5200,9230) SQ',
  '(fffe,e000) na',
  '(0020,9111) SQ',
  '(fffe,e000) na',
  '(0018,9074) DT [18951222120000]',
  '(0018,9151) DT [18951222120000]',
  '(0020,9057) UL 1',
  '(fffe,e00d) na',
  '(fffe,e0dd) na',
  '(fffe,e00d) na',
  '(fffe,e0dd) na',
]

const cases: readonly (readonly [string, Wanted])[] = [
  ...(
    ['explicit', 'implicit', 'bigEndian', 'deflated', 'jpegLossless', 'jpegLs', 'jpeg2000', 'rle'] as const
  ).map((syntax: Syntax) => [`CT, ${syntax}`, { kind: 'ct', syntax, more: identified }] as const),
  ['MR', { kind: 'mr', more: identified }],
  ['enhanced CT of several frames', { kind: 'enhancedCt', frames: 3, more: [...identified, ...perFrame] }],
  ['PET', { kind: 'pt', more: identified }],
  ['RTSTRUCT', { kind: 'rtstruct', more: identified }],
  ['US, JPEG', { kind: 'us', syntax: 'jpegBaseline', more: identified }],
]

describe('what was de-identified', () => {
  const options = [
    'retain_longitudinal_modified_dates',
    'retain_patient_characteristics',
    'retain_device_identity',
    'clean_descriptors',
  ]
  test.each(cases)('%s: is read by dcmdump, and dciodvfy finds nothing new', async (_, wanted) => {
    const { path } = await makeFile(folder, wanted)
    for (const rules of [true, { options }]) {
      const target = await deidentified(path, rules)
      const dump = await dcmdump(target)
      expect(dump).toContain('(0012,0062) CS [YES]')
      for (const secret of secrets) if (rules === true) expect(dump).not.toContain(secret)
      const isDeflated = wanted.syntax === 'deflated'
      const before = await errorsIn(path, isDeflated)
      expect((await errorsIn(target, isDeflated)).filter((error) => !before.includes(error))).toEqual([])
    }
  })

  test('a structured report is read by dcmdump, and dciodvfy finds nothing new', async () => {
    const { path } = await makeFile(folder, { kind: 'rtstruct', more: [...identified, ...report] })
    // The class of a report in place of that of a structure set.
    const asReport = join(folder, 'report.dcm')
    await execa('dcmodify', [
      '-nb',
      '-ie',
      '-gst',
      '-imt',
      '-m',
      '(0008,0016)=1.2.840.10008.5.1.4.1.1.88.33',
      '-m',
      '(0008,0060)=SR',
      '-e',
      '(3006,0039)',
      '-e',
      '(3006,0002)',
      path,
    ])
    await writeFile(asReport, await readFile(path))
    const target = await deidentified(asReport, true)
    const dump = await dcmdump(target)
    expect(dump).not.toContain(patient.name)
    expect(dump).not.toContain('KOELLIKER')
    const before = await errorsIn(asReport, false)
    expect((await errorsIn(target, false)).filter((error) => !before.includes(error))).toEqual([])
  })

  test('pixels are decoded to the same values as before', async () => {
    for (const syntax of ['jpegLossless', 'jpegLs', 'rle', 'explicit', 'bigEndian', 'deflated'] as const) {
      const { path } = await makeFile(folder, { kind: 'ct', syntax, side: 64 })
      const tool =
        { jpegLossless: 'dcmdjpeg', jpegLs: 'dcmdjpls', rle: 'dcmdrle' }[syntax as string] ?? 'dcmconv'
      const pixels = async (file: string): Promise<Buffer> => {
        const plain = `${file}.plain`
        await execa(tool, ['+te', file, plain])
        return (await readFile(plain)).subarray(-64 * 64 * 2)
      }
      expect((await pixels(await deidentified(path, true))).equals(await pixels(path)), syntax).toBe(true)
    }
  })
})

import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { flowTest, testText, testsOf } from '../../../../../app/cli/flows/test.ts'
import { raddeploy } from '../../../../support/command.ts'
import { type Wanted, makeFile } from '../../../../support/dicomFiles.ts'

const flow = `name: both
triggers:
  - Modality: ['^CT$']
    SeriesDescription: ['thorax', '~(?i)scout']
  - Modality: ['^MR$', '~^M$']
`
/** No one file can meet its second trigger. */
const broken = `name: broken
triggers:
  - Modality: ['^CT$']
  - Modality: ['^CT$']
    BodyPartExamined: ['~.']
    SeriesDescription: ['brain']
`
const series = (description: string) => [`(0008,103e) LO [${description}]`]
const files: Readonly<Record<string, Wanted>> = {
  'ct.dcm': { kind: 'ct', more: series('thorax 2 mm') },
  'head.dcm': { kind: 'ct', more: series('head') },
  'mr.dcm': { kind: 'mr' },
  'scout.dcm': { kind: 'ct', syntax: 'implicit', more: series('thorax SCOUT') },
  'unnamed.dcm': { kind: 'ct' },
}

let folder: string
let dicom: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-flows-test-'))
  dicom = join(folder, 'dicom')
  await mkdir(join(dicom, 'deeper'), { recursive: true })
  for (const [name, wanted] of Object.entries(files))
    await rename((await makeFile(join(folder, 'made'), wanted)).path, join(dicom, name))
  await writeFile(join(dicom, 'deeper', 'notes.txt'), 'no DICOM at all')
  await writeFile(join(folder, 'both.yaml'), flow)
  await writeFile(join(folder, 'broken.yaml'), broken)
})
afterAll(() => rm(folder, { recursive: true, force: true }))
const at = (name: string): string => join(dicom, name)
const trying = async (name: string) => (await testsOf(join(folder, name), dicom))[0]!

describe('a flow that is tried on files', () => {
  test('says of each trigger which files it takes, and of the others every expression that keeps them out', async () => {
    const { matches, takes, triggers } = await trying('both.yaml')
    expect({ matches, takes }).toEqual({ matches: true, takes: [at('ct.dcm'), at('mr.dcm')] })
    const noCt = 'Modality is "CT", wanted ^MR$'
    expect(triggers).toEqual([
      {
        takes: [at('ct.dcm')],
        reason: null,
        leaves: [
          { path: at('head.dcm'), why: ['SeriesDescription is "head", wanted thorax'] },
          {
            path: at('mr.dcm'),
            why: ['Modality is "MR", wanted ^CT$', 'SeriesDescription is absent, wanted thorax'],
          },
          { path: at('scout.dcm'), why: ['SeriesDescription is "thorax SCOUT", wanted ~(?i)scout'] },
          { path: at('unnamed.dcm'), why: ['SeriesDescription is absent, wanted thorax'] },
        ],
      },
      {
        takes: [at('mr.dcm')],
        reason: null,
        leaves: ['ct.dcm', 'head.dcm', 'scout.dcm', 'unnamed.dcm'].map((name) => ({
          path: at(name),
          why: [noCt],
        })),
      },
    ])
  })

  test('takes nothing where one trigger is met by no file, and says that in counts', async () => {
    const { matches, takes, triggers } = await trying('broken.yaml')
    expect({ matches, takes }).toEqual({ matches: false, takes: [] })
    expect(triggers.map((trigger) => trigger.takes.length)).toEqual([4, 0])
    expect(triggers[1]!.reason).toBe(
      'no file meets it: Modality is met by 4 of 5; BodyPartExamined is met by 5 of 5 and absent in 5; SeriesDescription is met by 0 of 5 and absent in 2',
    )
  })

  test('names what is no DICOM', async () => {
    const { unreadable } = await trying('both.yaml')
    expect(unreadable).toEqual([{ path: at('deeper/notes.txt'), why: [expect.any(String) as string] }])
  })

  test('is an error where there is no DICOM at all', () =>
    expect(testsOf(join(folder, 'both.yaml'), at('deeper'))).rejects.toMatchObject({ code: 'RD_NOT_FOUND' }))
})

describe('what is said of it', () => {
  test('names the files on either side', async () => {
    const lines = testText(await trying('both.yaml'))
      .replaceAll(`${dicom}/`, '')
      .split('\n')
    expect(lines.slice(0, 4)).toEqual([
      'both: would run on 2 files',
      '  trigger 1 takes 1 file',
      '    ct.dcm',
      '    not head.dcm: SeriesDescription is "head", wanted thorax',
    ])
    expect(lines.slice(7, 9)).toEqual(['  trigger 2 takes 1 file', '    mr.dcm'])
    expect(lines.at(-1)).toMatch(/^ {2}deeper\/notes.txt: \S/)
  })

  test.each([
    [10, []],
    [12, ['    and 2 more (--json lists all)']],
  ])('of %i files that a trigger takes are the first ten, and how many more', (count, more) => {
    const names = Array.from({ length: count }, (_, index) => `${index}.dcm`)
    const tried = { flow: 'x', matches: true, takes: names, unreadable: [] }
    const text = testText({ ...tried, triggers: [{ takes: names, reason: null, leaves: [] }] })
    const named = names.slice(0, 10).map((name) => `    ${name}`)
    expect(text.split('\n').slice(2)).toEqual([...named, ...more])
  })

  test.each([
    ['both.yaml', 0, 'both: would run on 2 files'],
    ['broken.yaml', 1, 'broken: would not run'],
  ])('of %s ends with exit code %i', async (name, exitCode, verdict) => {
    const path = join(folder, name)
    const call = (...args: string[]) => raddeploy(['flows', 'test', path, '--dicom', dicom, ...args], {})
    const [text, json] = await Promise.all([call(), call('--json')])
    expect({ ...text, stdout: text.stdout.split('\n')[0] }).toEqual({ exitCode, stdout: verdict, stderr: '' })
    expect(json.exitCode).toBe(exitCode)
    expect(flowTest.array().parse(JSON.parse(json.stdout))).toEqual([await trying(name)])
  })
})

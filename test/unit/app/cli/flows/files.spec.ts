import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readAll } from '../../../../../app/cli/flows/files.ts'

const flow = (name: string, modality = 'CT'): string =>
  `name: ${name}\ntriggers: [{ Modality: [${modality}] }]\n`
let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-flows-'))
})
afterEach(() => rm(folder, { recursive: true }))
const write = async (name: string, text: string): Promise<string> => {
  await writeFile(join(folder, name), text)
  return join(folder, name)
}

describe('flow files that are named one by one', () => {
  test('are all read, and all their problems said', async () => {
    const paths = [
      await write('a.yaml', flow('a')),
      await write('b.yaml', `${flow('b')}unheard: 1\n`),
      await write('c.yaml', `${flow('c')}of: 2\n`),
    ]
    const { flows, problems } = await readAll(paths)
    expect(flows.map((one) => one.flow.name)).toEqual(['a'])
    expect(problems.map(({ file, line, key }) => ({ file, line, key }))).toEqual([
      { file: paths[1], line: 3, key: 'unheard' },
      { file: paths[2], line: 3, key: 'of' },
    ])
  })

  test('may not give one name to two flows', async () => {
    const paths = [await write('a.yaml', flow('a')), await write('b.yaml', flow('a', 'MR'))]
    const { problems } = await readAll(paths)
    expect(problems).toEqual([expect.objectContaining({ file: paths[1], key: 'name' })])
    expect(problems[0]!.reason).toContain(paths[0])
  })

  test('may name the same flow twice', async () => {
    const path = await write('a.yaml', flow('a'))
    expect(await readAll([path, path])).toMatchObject({ flows: [{ path }], problems: [] })
  })
})

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { problemText } from '../../../../core/flow/problem.ts'
import { readFlows } from '../../../../producers/flows/read.ts'

const good = 'triggers: [{Modality: [CT]}]\n'
let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flows-'))
})
afterEach(() => rm(folder, { recursive: true }))

const write = async (files: Record<string, string>): Promise<void> => {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
}

describe('reading flow files', () => {
  test('one file', async () => {
    await write({ 'ct.yaml': good })
    const { flows, problems } = await readFlows(join(folder, 'ct.yaml'))
    expect(problems).toEqual([])
    expect(flows.map(({ file, source, flow }) => [file, source, flow.name])).toEqual([
      ['ct.yaml', good, 'ct'],
    ])
  })

  test('a folder with its sub-folders, in order of their names, without models and hidden folders', async () => {
    await write({
      'b.yml': good,
      'a/flow.yaml': good,
      'models/x/flow.yaml': 'nonsense',
      'a/models/compose.yaml': 'nonsense',
      '.git/x.yaml': 'nonsense',
      'README.md': 'nonsense',
    })
    const { flows, problems } = await readFlows(folder)
    expect(problems).toEqual([])
    expect(flows.map(({ file, flow }) => [file, flow.name])).toEqual([
      [join('a', 'flow.yaml'), 'a'],
      ['b.yml', 'b'],
    ])
  })

  test('gives the good flows and every error of the others', async () => {
    await write({ 'a.yaml': good, 'b.yaml': 'triggers: []\npriority: 9\n', 'c.yaml': 'nmae: c\n' })
    const { flows, problems } = await readFlows(folder)
    expect(flows.map(({ flow }) => flow.name)).toEqual(['a'])
    expect(problems.map((problem) => problemText(problem).replace(`${folder}/`, ''))).toEqual([
      'b.yaml:1:1: triggers: is empty: which files start the flow?',
      'b.yaml:2:11: priority: is a number from 0 to 5',
      'c.yaml:1:1: triggers: is missing; it is a list of triggers',
      'c.yaml:1:1: nmae: is not known; did you mean "name"?',
    ])
  })

  test('two flows cannot have one name: neither is taken, and each says which the other is', async () => {
    await write({ 'a.yaml': `name: x\n${good}`, 'b.yaml': `# b\nname: x\n${good}`, 'c.yaml': good })
    const { flows, problems } = await readFlows(folder)
    expect(flows.map(({ flow }) => flow.name)).toEqual(['c'])
    expect(problems.map((problem) => problemText(problem).replaceAll(`${folder}/`, ''))).toEqual([
      'a.yaml:1:1: name: "x" is the name of the flow in b.yaml, too; a flow is known by its name',
      'b.yaml:2:1: name: "x" is the name of the flow in a.yaml, too; a flow is known by its name',
    ])
  })

  test('a file that cannot be read is a problem of that file', async () => {
    await write({ 'a.yaml': good })
    await symlink(folder, join(folder, 'b.yaml'))
    const { flows, problems } = await readFlows(folder)
    expect(flows.map(({ flow }) => flow.name)).toEqual(['a'])
    expect(problems.map(problemText).join()).toMatch(/b\.yaml:1:1: cannot be read: EISDIR/)
  })

  test('what is not there is an error', async () => {
    await expect(readFlows(join(folder, 'none'))).rejects.toMatchObject({ code: 'RD_NOT_FOUND' })
  })
})

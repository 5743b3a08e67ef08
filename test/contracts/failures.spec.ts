import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { raddeploy } from '../support/command.ts'
import { shapes } from './shapes.ts'

let home = ''
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'rd-home-'))
})
afterAll(() => rm(home, { recursive: true }))
const call = (...args: string[]) => raddeploy(args, { RADDEPLOY_HOME: home })

const flow = `name: broken
colour: red
triggers:
  - Modality: ['(']
models:
  - name: a
    docker_kwargs: { image: x }
    input_mounts: { nobody: /input }
    output_mounts: { first: /output }
  - name: b
    docker_kwargs: { image: x }
    input_mounts: { first: /in, back: /back }
    output_mounts: { back: /output }
`

describe('a flow file with errors', () => {
  test('gets each of them as file:line:column: key: reason, and exit code 1', async () => {
    const file = join(home, 'broken.yaml')
    await writeFile(file, flow)
    const { exitCode, stdout } = await call('flows', 'validate', file)
    expect(exitCode).toBe(1)
    const lines = stdout.split('\n').map((line) => line.replace(file, 'FILE'))
    expect(lines).toEqual([
      'FILE:2:1: colour: is not known',
      'FILE:4:16: triggers[0].Modality[0]: "(" cannot be used: "(" without ")"',
      'FILE:5:1: models: "dst" is missing: no model writes what is to be sent',
      'FILE:5:1: models: "src" is missing: no model reads what was received',
      'FILE:8:21: models[0].input_mounts.nobody: no model writes "nobody"',
      'FILE:12:33: models[1].input_mounts.back: the model needs its own output "back"',
    ])
  })

  test('gets the same as JSON, beside the files that are good', async () => {
    const file = join(home, 'broken.yaml')
    await writeFile(file, flow)
    const { exitCode, stdout } = await call('flows', 'validate', file, 'flows/ct-to-rtstruct', '--json')
    expect(exitCode).toBe(1)
    const { valid, flows, problems } = shapes['flows validate'].parse(JSON.parse(stdout))
    expect({ valid, names: flows.map(({ name }) => name) }).toEqual({
      valid: false,
      names: ['ct-to-rtstruct'],
    })
    expect(problems[0]).toMatchObject({ code: 'RD_FLOW_INVALID', file, line: 2, key: 'colour' })
  })

  test('is not applied, and nothing that was named with it', async () => {
    const file = join(home, 'broken.yaml')
    await writeFile(file, flow)
    // No server runs here: it would fail otherwise if anything were asked of one.
    const { exitCode, stderr } = await call('flows', 'apply', 'flows/ct-to-rtstruct', file)
    expect(exitCode).toBe(1)
    expect(stderr).toContain(`raddeploy: RD_FLOW_INVALID: ${file}:2:1: colour: `)
  })
})

test('good flow files are said to be valid', async () => {
  const { exitCode, stdout } = await call('flows', 'validate', 'flows')
  expect({ exitCode, good: stdout.split('\n').filter((line) => line.endsWith('is valid')).length }).toEqual({
    exitCode: 0,
    good: 4,
  })
})

describe('a command that cannot do what it is asked', () => {
  test.each([
    [['nonsense'], 'RD_USAGE', "unknown command 'nonsense'"],
    [['runs', 'list', '--limit', '0'], 'RD_USAGE', '--limit'],
    [['runs', 'show', ''], 'RD_USAGE', 'must not be empty'],
    [['run', 'nothing'], 'RD_USAGE', 'there is no service nothing; there are stack, scp'],
    [['run', 'scp', '--slots', '2'], 'RD_USAGE', '--slots: only `raddeploy run worker` takes that, not scp'],
    [['run', 'worker', '--gpus', '0=much'], 'RD_USAGE', 'must be a GPU: its id, or id=memory (0=24g)'],
    [['workers', 'drain', ''], 'RD_USAGE', 'must not be empty'],
    [['send', '.', '--to', 'nowhere'], 'RD_USAGE', '"nowhere" is not AE@HOST:PORT'],
    [['send', '.', '--stow', 'ftp://nowhere'], 'RD_USAGE', '"ftp://nowhere" is not a URL of http or https'],
    [['send', '.', '--stow', 'http://a', '--to', 'A@b:1'], 'RD_USAGE', 'either --to or --stow says where to'],
    [['send', '.', '--token-file', 'x'], 'RD_USAGE', '--token-file is for --stow'],
    [['events', 'tail', '--topic', 'walks'], 'RD_NOT_FOUND', 'there is no topic walks'],
    [['flows', 'validate', '/nothing'], 'RD_NOT_FOUND', '/nothing'],
    [['flows', 'graph', 'flows', '--svg'], 'RD_USAGE', 'an SVG shows one flow, and flows has 4'],
    [['flows', 'show', ' '], 'RD_USAGE', 'must not be empty'],
    [['status'], 'RD_STACK_NOT_RUNNING', 'raddeploy up'],
  ])('%j says %s in one line and ends with exit code 1', async (args, code, message) => {
    const { exitCode, stdout, stderr } = await call(...args)
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toMatch(new RegExp(`^raddeploy: ${code}: [^\n]+$`))
    expect(stderr).toContain(message)
  })

  test('says it as JSON where that was asked for', async () => {
    const { exitCode, stdout, stderr } = await call('status', '--json')
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' })
    const { code, page } = shapes.error.parse(JSON.parse(stdout)).error
    expect(code).toBe('RD_STACK_NOT_RUNNING')
    expect(await readFile(join(import.meta.dirname, '../..', page), 'utf8')).toContain(`# ${code}\n`)
  })

  test('because its configuration is wrong names the key', async () => {
    const { exitCode, stderr } = await raddeploy(['status'], {
      RADDEPLOY_HOME: home,
      RADDEPLOY_SCP_PORT: '99999',
    })
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^raddeploy: RD_CONFIG_INVALID: scp\.port: /)
  })

  test.each([
    ['is no YAML', 'scp: [11112\nhome: here\n', /at line \d, column \d+$/],
    ['says one key twice', 'home: here\nhome: there\n', /at line 2, column 1$/],
    ['is a list', '- home\n', /it has no keys$/],
    ['is a word', 'home', /it has no keys$/],
  ])('because its file %s says where, in one line', async (_, text, why) => {
    const file = join(home, 'bad.yaml')
    await writeFile(file, text)
    const { exitCode, stdout, stderr } = await raddeploy(['status'], { RADDEPLOY_CONFIG: file })
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toMatch(new RegExp(`^raddeploy: RD_CONFIG_INVALID: ${file}: [^\n]+$`))
    expect(stderr).toMatch(why)
  })
})

import { mkdir, mkdtemp, readFile, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { delivering, destinationIn, dicomFile } from '../../../../support/delivering.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'raddeploy-folder-'))
})
afterEach(() => rm(root, { recursive: true }))
const allowed = () => delivering({ folders: [root] })
const destination = (folder = join(root, 'out')) => destinationIn(`{folder: "${folder}"}`)
const files = { 'report.json': Buffer.from('{}'), 'deep/er/ct.dcm': dicomFile(1), empty: Buffer.alloc(0) }
const found = async (): Promise<string[]> =>
  (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort()

describe('a folder', () => {
  test('gets every file, whatever it is, in a sub-folder of the run', async () => {
    const { attempt, delivery } = allowed()
    const fact = await attempt(delivery(destination(), files))
    expect(fact.data).toMatchObject({ succeeded: 3, failed: 0, notAttempted: 0, error: null })
    expect(await found()).toEqual(['out/run-1/deep/er/ct.dcm', 'out/run-1/empty', 'out/run-1/report.json'])
    expect((await readFile(join(root, 'out/run-1/deep/er/ct.dcm'))).equals(dicomFile(1))).toBe(true)
  })

  test('that has the file already, as after a lost answer, has it once', async () => {
    const { attempt, delivery } = allowed()
    await attempt(delivery(destination(), files))
    expect((await attempt(delivery(destination(), files))).data).toMatchObject({ succeeded: 3 })
    expect(await found()).toHaveLength(3)
  })

  test('that has another file of that name keeps it', async () => {
    const { attempt, delivery, resultsOf } = allowed()
    await mkdir(join(root, 'out/run-1'), { recursive: true })
    await writeFile(join(root, 'out/run-1/report.json'), '[]')
    const fact = await attempt(delivery(destination(), files))
    expect(fact.data).toMatchObject({ succeeded: 2, failed: 1 })
    expect(resultsOf(fact)[0]!.comment).toBe('there is a file of that name with other content')
    expect(await readFile(join(root, 'out/run-1/report.json'), 'utf8')).toBe('[]')
  })

  test('shows no file whose bytes changed, nor a part of it', async () => {
    const { attempt, delivery, s3 } = allowed()
    const one = delivery(destination(), files)
    s3.objects.get('out/deep/er/ct.dcm')![39_000]! ^= 1
    expect((await attempt(one)).data).toMatchObject({ succeeded: 2, notAttempted: 1, code: 'RD_S3_CORRUPT' })
    expect(await found()).toEqual(['out/run-1/empty', 'out/run-1/report.json'])
  })

  test('is cleared of what a writer left that was killed long ago, and of nothing else', async () => {
    const { attempt, delivery } = allowed()
    const run = join(root, 'out/run-1')
    await mkdir(run, { recursive: true })
    for (const name of ['.raddeploy-old.part', '.raddeploy-new.part', '.other.part'])
      await writeFile(join(run, name), 'x')
    for (const name of ['.raddeploy-old.part', '.other.part']) await utimes(join(run, name), 0, 0)
    await attempt(delivery(destination(), {}))
    await attempt(delivery(destination(), { 'a.json': Buffer.from('{}') }))
    expect(await found()).toEqual([
      'out/run-1/.other.part',
      'out/run-1/.raddeploy-new.part',
      'out/run-1/a.json',
    ])
  })
})

describe('a folder that the configuration does not allow is not written:', () => {
  test.each(['/', '', '/out/../..', '-beside/out'])('%s', async (suffix) => {
    const { attempt, delivery } = delivering({ folders: [join(root, 'allowed')] })
    const to = { ...destination(), url: `file://${root}${suffix}` }
    const fact = await attempt(delivery(to, files))
    expect(fact.data).toMatchObject({ succeeded: 0, notAttempted: 3, code: 'RD_CONFIG_INVALID' })
    expect(await found()).toEqual([])
  })

  test('none is allowed by default', async () => {
    const { attempt, delivery } = delivering()
    expect((await attempt(delivery(destination(), files))).data.code).toBe('RD_CONFIG_INVALID')
  })

  test('a link that leads out', async () => {
    const inside = join(root, 'allowed')
    const outside = join(root, 'outside')
    for (const folder of [inside, outside]) await mkdir(folder)
    await symlink(outside, join(inside, 'out'))
    const { attempt, delivery } = delivering({ folders: [inside] })
    const fact = await attempt(delivery(destination(join(inside, 'out')), files))
    expect(fact.data).toMatchObject({ succeeded: 0, code: 'RD_CONFIG_INVALID' })
    expect(await found()).toEqual([])
  })

  test('a path that leads out', async () => {
    const { attempt, delivery } = allowed()
    const fact = await attempt(delivery(destination(), { '../../escaped': Buffer.from('x') }))
    expect(fact.data).toMatchObject({ succeeded: 0, notAttempted: 1, code: 'RD_CONFIG_INVALID' })
    expect(await found()).toEqual([])
  })
})

test('an allowed folder that is not there, as a drive that is not mounted, is not made', async () => {
  const { attempt, delivery } = delivering({ folders: [join(root, 'drive')] })
  const fact = await attempt(delivery(destination(join(root, 'drive/out')), files))
  expect(fact.data).toMatchObject({ notAttempted: 3, code: 'RD_DESTINATION_UNAVAILABLE' })
  expect(fact.data.error).toMatch(/cannot be written: ENOENT/)
  expect(await readdir(root)).toEqual([])
})

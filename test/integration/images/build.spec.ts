import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { baseImage, ensureBaseImage } from '../../../infra/images/base.ts'
import { ensureModelImage } from '../../../infra/images/model.ts'
import { runModel } from '../../support/modelContainer.ts'
import { cacheDir, modelFolder } from '../../support/sample.ts'

const docker = new Docker({ socketPath: inject('endpoints').docker.socketPath })
const idOf = async (tag: string): Promise<string> => (await docker.getImage(tag).inspect()).Id
const none = { inputs: {} }

let models: string
beforeAll(async () => {
  await ensureBaseImage(docker, { cacheDir })
  models = await mkdtemp(join(tmpdir(), 'raddeploy-'))
  await cp(modelFolder('shared'), join(models, 'shared'), { recursive: true })
  await cp(modelFolder('ct-rtstruct'), join(models, 'test-model'), { recursive: true })
  const dockerfile = `ARG BASE\nFROM \${BASE}\nCOPY shared /app\nCOPY test-model/main.py /app/
RUN mkdir /output && chown 10001:10001 /output\nUSER 10001:10001\nENTRYPOINT ["python3", "/app/main.py"]\n`
  await writeFile(join(models, 'test-model', 'Dockerfile'), dockerfile)
})
afterAll(async () => {
  await rm(models, { recursive: true })
  await docker.getImage('raddeploy/test-model:1.0').remove({ force: true })
})

const build = async (main: string): Promise<string> => {
  await writeFile(join(models, 'test-model', 'main.py'), main)
  return ensureModelImage(docker, join(models, 'test-model'))
}

describe('the base image', () => {
  test('is used again where it is there', async () => {
    const id = await idOf(baseImage)
    const said: string[] = []
    expect(await ensureBaseImage(docker, { cacheDir, progress: (m) => said.push(m) })).toBe(baseImage)
    expect([await idOf(baseImage), said]).toEqual([id, []])
  })

  test('has numpy with its linear algebra, pydicom and PyYAML', async () => {
    const image = await build(
      'import numpy, pydicom, yaml, ssl, sqlite3, hashlib\nprint(numpy.linalg.det(numpy.eye(4)), pydicom.__name__)\n',
    )
    expect(await runModel(docker, { image, ...none })).toMatchObject({ exitCode: 0, log: '1.0 pydicom\n' })
  })
})

describe('a model image', () => {
  test('is built again only when a file of it has changed', async () => {
    const first = await idOf(await build('print(1)\n'))
    expect(await idOf(await build('print(1)\n'))).toBe(first)
    const image = await build('print(2)\n')
    expect(await idOf(image)).not.toBe(first)
    expect((await runModel(docker, { image, ...none })).log).toBe('2\n')
  })

  test('runs without root and writes to /output and nowhere else', async () => {
    const image = await build(`import os, pathlib
pathlib.Path("/output/a.txt").write_text(str(os.getuid()))
try:
    pathlib.Path("/app/b.txt").write_text("b")
except OSError as error:
    print(error.strerror)
`)
    const { exitCode, log, output } = await runModel(docker, { image, ...none })
    expect({ exitCode, log }).toEqual({ exitCode: 0, log: 'Read-only file system\n' })
    expect(output.get('a.txt')?.toString()).toBe('10001')
  })

  test('that cannot be built fails with the line that failed', async () => {
    await writeFile(join(models, 'test-model', 'Dockerfile'), `FROM ${baseImage}\nRUN no-such-command\n`)
    await expect(build('print(3)\n')).rejects.toMatchObject({
      code: 'RD_SETUP_FAILED',
      message: expect.stringContaining('no-such-command: not found') as string,
    })
  })
})

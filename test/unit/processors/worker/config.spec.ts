import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Config, loadConfig, workerIdOf } from '../../../../app/config.ts'
import { workerConfigSchema } from '../../../../processors/worker/config.ts'

let folder: string
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'rd-config-'))))
afterEach(() => rm(folder, { recursive: true }))

/** The configuration as written in raddeploy.yaml. */
const load = async (written: object, environment: NodeJS.ProcessEnv = {}): Promise<Config> => {
  const file = join(folder, 'raddeploy.yaml')
  await writeFile(file, JSON.stringify({ home: folder, ...written }))
  return loadConfig({ RADDEPLOY_CONFIG: file, ...environment })
}
const invalid = (message: RegExp): unknown =>
  expect.objectContaining({ code: 'RD_CONFIG_INVALID', message: expect.stringMatching(message) as string })

/** As the schema of the worker reads again what the configuration has read. */
const settingsOf = ({ worker: { id: _, leaseSeconds, ...offered } }: Config) =>
  workerConfigSchema.parse({ ...offered, workerId: 'w', installation: 'i', leaseMs: leaseSeconds * 1000 })

describe('the worker in raddeploy.yaml', () => {
  test('has as many slots as it says, and at least one', async () => {
    expect(settingsOf(await load({ worker: { slots: 3 } })).slots).toBe(3)
    expect(settingsOf(await load({}, { RADDEPLOY_WORKER_SLOTS: '4' })).slots).toBe(4)
    for (const slots of ['0', '-1', '1.5', 'many'])
      await expect(load({}, { RADDEPLOY_WORKER_SLOTS: slots })).rejects.toEqual(invalid(/^worker\.slots: /))
  })

  test('has an id of its own where it says so, else that of the instance', async () => {
    expect(workerIdOf(await load({ instance: 'host-1' }))).toBe('host-1')
    expect(workerIdOf(await load({ instance: 'host-1', worker: { id: 'gpu-0' } }))).toBe('gpu-0')
    for (const id of ['', 'a/b', 'a b', '-a', 'a'.repeat(64)])
      await expect(load({ worker: { id } })).rejects.toEqual(invalid(/^worker\.id: is a word/))
  })

  test('offers GPUs, with their memory where it says so', async () => {
    const gpus = ['0', '1=24g', 'GPU-5c1e', { id: '3', memory: '8g' }]
    expect(settingsOf(await load({ worker: { gpus } })).gpus).toEqual([
      { id: '0', memory: 0 },
      { id: '1', memory: 24 * 1024 ** 3 },
      { id: 'GPU-5c1e', memory: 0 },
      { id: '3', memory: 8 * 1024 ** 3 },
    ])
    const numbers = [0, 1, { id: 2, memory: '8g' }]
    expect(settingsOf(await load({ worker: { gpus: numbers } })).gpus).toEqual([
      { id: '0', memory: 0 },
      { id: '1', memory: 0 },
      { id: '2', memory: 8 * 1024 ** 3 },
    ])
    for (const wrong of [['0='], ['0=much'], ['0=0g'], ['='], [-1], [1.5], [true], [{ id: '0' }]])
      await expect(load({ worker: { gpus: wrong } })).rejects.toEqual(invalid(/^worker\.gpus\.0: is a GPU/))
    for (const twice of [
      ['0', '0=24g'],
      [0, '0'],
    ])
      await expect(load({ worker: { gpus: twice } })).rejects.toEqual(invalid(/names a GPU twice/))
  })

  test('knows the folder of docker login: as told, as the docker command knows it, else that of its user', async () => {
    const told = { worker: { dockerConfig: '/etc/raddeploy/docker' } }
    expect(settingsOf(await load(told)).dockerConfig).toBe('/etc/raddeploy/docker')
    expect(settingsOf(await load(told, { DOCKER_CONFIG: '/d' })).dockerConfig).toBe('/d')
    expect(settingsOf(await load({}, { DOCKER_CONFIG: '' })).dockerConfig).toBe(join(homedir(), '.docker'))
  })

  test('offers CPUs, memory and labels', async () => {
    const worker = { cpus: 1.5, memory: '64g', labels: ['a100'] }
    expect(settingsOf(await load({ worker }))).toMatchObject({ ...worker, memory: 64 * 1024 ** 3 })
    await expect(load({ worker: { cpus: 0 } })).rejects.toEqual(invalid(/^worker\.cpus: /))
    await expect(load({ worker: { memory: '0g' } })).rejects.toEqual(invalid(/^worker\.memory: /))
    await expect(load({ worker: { labels: ['a b'] } })).rejects.toEqual(invalid(/^worker\.labels\.0: /))
  })

  test('has every bound that a failure advises to raise', async () => {
    const worker = {
      outputBytes: 1,
      outputFiles: 2,
      memory: 3,
      patienceMs: 4,
      networks: ['none', 'host'],
      hostIpc: false,
    }
    expect(settingsOf(await load({ worker }))).toMatchObject(worker)
  })

  test('names folders that may be mounted, alone or with leave to write', async () => {
    const staticMounts = ['/srv/models', { prefix: '/srv/scratch', writable: true }]
    expect(settingsOf(await load({ worker: { staticMounts } })).staticMounts).toEqual([
      { prefix: '/srv/models', writable: false },
      { prefix: '/srv/scratch', writable: true },
    ])
    await expect(load({ worker: { staticMounts: ['models'] } })).rejects.toEqual(invalid(/staticMounts/))
  })

  test('allows no network but that of the engine unless told, and the shared memory of the host', async () => {
    expect(settingsOf(await load({}))).toMatchObject({ networks: ['none', 'bridge'], hostIpc: true })
  })
})

test('an engine over TCP is spoken to by TLS where the docker command does', async () => {
  const certificates = async (environment: NodeJS.ProcessEnv) =>
    (await load({}, environment)).dockerCertificates
  expect(await certificates({})).toBeUndefined()
  expect(await certificates({ DOCKER_CERT_PATH: '/c' })).toBe('/c')
  expect(await certificates({ DOCKER_CERT_PATH: '/c', DOCKER_TLS_VERIFY: '1' })).toBe('/c')
  expect(await certificates({ DOCKER_TLS_VERIFY: '1' })).toBe(join(homedir(), '.docker'))
})

test.each([
  ['worker', { worker: { slotz: 2 } }, /worker: .*slotz/],
  ['its folders', { worker: { staticMounts: [{ prefix: '/a', writeable: true }] } }, /staticMounts/],
  ['scp', { scp: { aetitle: 'A' } }, /scp: .*aetitle/],
  ['scu', { scu: { aetitle: 'A' } }, /scu: .*aetitle/],
  ['the pauses of the SCU', { scu: { backoff: { firstSecond: 1 } } }, /scu\.backoff: .*firstSecond/],
  ['what is given to a worker by the system itself', { worker: { workerId: 'w' } }, /worker: .*workerId/],
])('a key that does not exist is an error: %s', async (_, written, message) => {
  await expect(load(written)).rejects.toEqual(invalid(message))
})

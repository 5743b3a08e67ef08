import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Config, loadConfig } from '../../../../app/config.ts'
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

/** As the worker gets it. */
const settingsOf = ({ worker: { leaseSeconds, ...offered } }: Config) =>
  workerConfigSchema.parse({ ...offered, workerId: 'w', installation: 'i', leaseMs: leaseSeconds * 1000 })

describe('the worker in raddeploy.yaml', () => {
  test('has as many slots as it says, and at least one', async () => {
    expect(settingsOf(await load({ worker: { slots: 3 } })).slots).toBe(3)
    expect(settingsOf(await load({}, { RADDEPLOY_WORKER_SLOTS: '4' })).slots).toBe(4)
    for (const slots of ['0', '-1', '1.5', 'many'])
      await expect(load({}, { RADDEPLOY_WORKER_SLOTS: slots })).rejects.toEqual(invalid(/^worker\.slots: /))
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

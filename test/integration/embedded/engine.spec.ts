import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Dockerode from 'dockerode'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest'
import { installDocker, startDocker } from '../../../infra/embedded/docker.ts'
import { type Setup } from '../../../infra/embedded/setup.ts'

const { socketPath } = inject('endpoints').docker
let setup: Setup
beforeEach(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'rd-engine-'))
  setup = { dataDir, cacheDir: dataDir, progress: () => undefined, logger: pino({ level: 'silent' }) }
  vi.stubEnv('DOCKER_HOST', `unix://${socketPath}`)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(setup.dataDir, { recursive: true })
})

test('the engine that DOCKER_HOST names is used, and is not stopped with ours', async () => {
  await installDocker(setup)
  const engine = await startDocker(setup)
  expect(engine.socketPath).toBe(socketPath)
  await engine.stop()
  await new Dockerode({ socketPath }).ping()
  expect(await readdir(setup.dataDir)).toEqual([])
})

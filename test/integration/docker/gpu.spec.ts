import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { busyboxImage } from './busybox.ts'
import { PrivateEngine } from './privateEngine.ts'
import { Ward } from './ward.ts'

let programs: string
let engine: PrivateEngine
let ward: Ward
beforeAll(async () => {
  programs = await mkdtemp(join(tmpdir(), 'raddeploy-'))
  // the engine offers GPUs where it finds NVIDIA's hook, which mounts what NVIDIA_VISIBLE_DEVICES asks for: ours, nothing
  await writeFile(join(programs, 'nvidia-container-runtime-hook'), '#!/bin/sh\ncat >/dev/null\n', {
    mode: 0o755,
  })
  engine = await PrivateEngine.start(programs)
  ward = new Ward(engine.socketPath, inject('endpoints').s3)
  await ward.store.ensureBucket()
  await busyboxImage(ward.docker, 'raddeploy-test/busybox:1')
})
afterAll(async () => {
  expect(await ward.leftovers()).toEqual([])
  await ward.close()
  await engine.remove()
  await rm(programs, { recursive: true })
})

/** What a model finds in its environment of GPUs. */
const seen = async (gpus: readonly string[], spec: object = {}): Promise<string[]> => {
  const assigned = await ward.assigned({ script: 'env > /output/env', gpus, spec })
  const { outputs } = await ward.finished(assigned)
  const { env } = await ward.files(outputs[0]!)
  return env!
    .toString()
    .split('\n')
    .filter((line) => /NVIDIA|GPU/.test(line))
}

test('a model sees the GPUs that were assigned to it', async () => {
  expect(await seen(['1', 'GPU-abc'], { gpus: 2 })).toEqual(['NVIDIA_VISIBLE_DEVICES=1,GPU-abc'])
})

test('a model that was assigned no GPU sees none', async () => {
  expect(await seen([])).toEqual([])
})

test('a model that shares a GPU is told how much of its memory it has', async () => {
  const lines = await seen(['0'], { gpu_memory: '8g' })
  expect(lines.sort()).toEqual(['NVIDIA_VISIBLE_DEVICES=0', `RADDEPLOY_GPU_MEMORY=${8 * 1024 ** 3}`])
})

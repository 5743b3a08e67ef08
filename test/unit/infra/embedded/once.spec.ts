import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Setup, once } from '../../../../infra/embedded/setup.ts'

let setup: Setup
let product: string
let times: number
beforeEach(async () => {
  const cacheDir = await mkdtemp(join(tmpdir(), 'rd-once-'))
  setup = { dataDir: cacheDir, cacheDir, progress: () => undefined, logger: pino({ level: 'silent' }) }
  product = join(cacheDir, 'jars')
  times = 0
})
afterEach(() => rm(setup.cacheDir, { recursive: true }))

const bring = (): Promise<void> =>
  once(setup, { stamp: 'jars', product }, async () => {
    times += 1
    await writeFile(product, '')
  })

describe('a set-up step', () => {
  test('is done once', async () => {
    await bring()
    await bring()
    expect(times).toBe(1)
  })

  test('is done once where many want it at the same moment', async () => {
    await Promise.all([bring(), bring(), bring(), bring()])
    expect(times).toBe(1)
  })

  test('is done again where what it made is gone', async () => {
    await bring()
    await rm(product)
    await bring()
    expect(times).toBe(2)
  })

  test('is done again where it failed', async () => {
    const failing = once(setup, { stamp: 'jars', product }, () => Promise.reject(new Error('no network')))
    await expect(failing).rejects.toThrow('no network')
    await bring()
    expect(times).toBe(1)
  })
})

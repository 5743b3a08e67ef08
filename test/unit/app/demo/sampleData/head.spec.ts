import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sampleHead } from '../../../../../app/demo/sampleData/head.ts'

test('without apt a computed phantom takes the place of the head, and it is said', async () => {
  const cacheDir = await mkdtemp(join(tmpdir(), 'raddeploy-'))
  const said: string[] = []
  try {
    const { volume, source } = await sampleHead({
      cacheDir,
      aptGet: 'no-such-apt-get',
      progress: (message) => said.push(message),
    })
    expect(source).toBe('phantom')
    expect(said.at(-1)).toContain('no-such-apt-get is not on this machine')
    expect(volume.data.filter((hu) => hu > 200).length).toBeGreaterThan(10_000)
  } finally {
    await rm(cacheDir, { recursive: true })
  }
})

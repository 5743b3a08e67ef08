import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cachedPackage, downloadPackages } from '../../../../infra/images/apt.ts'

let cacheDir: string
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'raddeploy-'))
})
afterEach(() => rm(cacheDir, { recursive: true }))

test('a package is found by its name, not by the beginning of a longer one', () => {
  const files = ['libpython3.11-stdlib_3.11.2_amd64.deb', 'libc6-dev_2.36_amd64.deb', 'libc6_2.36_amd64.deb']
  expect(cachedPackage(files, 'libc6')).toBe('libc6_2.36_amd64.deb')
  expect(cachedPackage(files, 'libpython3.11')).toBeUndefined()
})

test('what is in the cache is not asked for again', async () => {
  await mkdir(join(cacheDir, 'debs'))
  await writeFile(join(cacheDir, 'debs', 'libc6_2.36_amd64.deb'), '')
  const options = { cacheDir, aptGet: 'no-such-apt-get' }
  expect(await downloadPackages(['libc6'], options)).toEqual([join(cacheDir, 'debs', 'libc6_2.36_amd64.deb')])
})

test('a machine without apt is named as such', async () => {
  await expect(downloadPackages(['libc6'], { cacheDir, aptGet: 'no-such-apt-get' })).rejects.toMatchObject({
    code: 'RD_SETUP_MISSING',
  })
})

test('a download that fails leaves nothing behind', async () => {
  await expect(downloadPackages(['libc6'], { cacheDir, aptGet: 'false' })).rejects.toMatchObject({
    code: 'RD_SETUP_FAILED',
  })
  expect(await readdir(join(cacheDir, 'debs'))).toEqual([])
})

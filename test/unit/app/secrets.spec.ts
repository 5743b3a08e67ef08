import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { secretsOf } from '../../../app/config.ts'
import { isRadDeployError } from '../../../core/error/error.ts'

let home: string
const scu = { aeTitle: 'RADDEPLOY', folders: [] } as unknown as Parameters<typeof secretsOf>[0]['scu']
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'raddeploy-secrets-'))
  await mkdir(join(home, 'secrets', 'delivery'), { recursive: true })
  await writeFile(join(home, 'secrets', 'delivery', 'PACS'), 'from the file\n')
})
afterEach(() => rm(home, { recursive: true }))

test('a secret is that of the environment, else that of its file, without the line end', () => {
  const secretOf = secretsOf({ home, scu }, { RADDEPLOY_SECRET_REDCAP: 'from the environment' })
  expect(secretOf('REDCAP')).toBe('from the environment')
  expect(secretOf('PACS')).toBe('from the file')
})

test('the file of a secret lies where the configuration says', async () => {
  await writeFile(join(home, 'PACS'), 'elsewhere')
  expect(secretsOf({ home, scu: { ...scu, secretsFolder: home } }, {})('PACS')).toBe('elsewhere')
})

test('one that is missing is named, with both places where it was looked for', () => {
  const secretOf = secretsOf({ home, scu }, {})
  expect(() => secretOf('REDCAP')).toThrow(
    `there is no secret REDCAP: neither RADDEPLOY_SECRET_REDCAP nor a file in ${join(home, 'secrets', 'delivery')}`,
  )
  try {
    secretOf('REDCAP')
  } catch (error) {
    expect(isRadDeployError(error, 'RD_CONFIG_INVALID')).toBe(true)
  }
})

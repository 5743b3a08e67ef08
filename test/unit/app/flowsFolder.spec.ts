import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadConfig } from '../../../app/config.ts'

let home = ''
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'rd-config-'))
})
afterEach(() => rm(home, { recursive: true }))

const folderOf = async (text: string, environment: NodeJS.ProcessEnv = {}): Promise<string | undefined> => {
  const file = join(home, 'raddeploy.yaml')
  await writeFile(file, text)
  return loadConfig({ RADDEPLOY_HOME: home, RADDEPLOY_CONFIG: file, ...environment }).flows.folder
}

describe('the folder of flow files that is watched', () => {
  test('is flows in the working folder, where that is there', async () =>
    // The tests run in the folder of the repository, which has one.
    expect(await folderOf('{}')).toBe(resolve('flows')))

  test.each([
    ['flows: { folder: /srv/flows }', {}, '/srv/flows'],
    ['flows: { folder: wards/flows }', {}, resolve('wards/flows')],
    ['flows: { folder: /srv/flows }', { RADDEPLOY_FLOWS: '/other' }, '/other'],
    ['flows: false', {}, undefined],
    ['flows: { folder: false }', {}, undefined],
    ["flows: { folder: '' }", {}, undefined],
    ['flows: { folder: /srv/flows }', { RADDEPLOY_FLOWS: '' }, undefined],
    ['flows: false', { RADDEPLOY_FLOWS: '/other' }, '/other'],
  ])('%s with %j: %j', async (text, environment, folder) =>
    expect(await folderOf(text, environment)).toBe(folder),
  )

  test.each(['flows: here', 'flows: { directory: /srv }', 'flows: { folder: 3 }', 'flows: {}'])(
    '%s is an error that names the key',
    async (text) => expect(folderOf(text)).rejects.toThrow(/^flows/),
  )
})

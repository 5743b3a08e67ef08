import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Logger, pino } from 'pino'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  credentialsFor,
  dockerConfigSchema,
  readCredentials,
} from '../../../../../processors/worker/executor/credentials.ts'

const auth = (text: string) => ({ auth: Buffer.from(text).toString('base64') })
const forRegistry = (registry: string, config: object) =>
  credentialsFor(registry, dockerConfigSchema.parse(config))

describe('the credentials for a registry', () => {
  test.each([
    ['registry.example', 'registry.example'],
    ['registry.example:5000', 'registry.example:5000'],
    ['registry.example', 'https://registry.example'],
    ['registry.example:5000', 'http://registry.example:5000/v2/'],
    ['docker.io', 'https://index.docker.io/v1/'],
    ['docker.io', 'docker.io'],
  ])('%s are those of %s', (registry, address) => {
    const auths = { 'other.example': auth('a:b'), [address]: auth('me:my:secret') }
    expect(forRegistry(registry, { auths })).toEqual({
      credentials: { username: 'me', password: 'my:secret', serveraddress: address },
    })
  })

  test.each([
    ['registry.example', 'registry.example:5000'],
    ['registry.example:5000', 'registry.example'],
    ['registry.example', 'sub.registry.example'],
    ['registry.example', 'https://index.docker.io/v1/'],
    ['docker.io', 'registry.example'],
  ])('%s are not those of %s', (registry, address) => {
    expect(forRegistry(registry, { auths: { [address]: auth('me:secret') } })).toEqual({})
  })

  test.each([[{}], [auth('')], [auth('me')], [auth(':secret')], [auth('me:')]])(
    'are none where the file says %j',
    (entry) => {
      expect(forRegistry('registry.example', { auths: { 'registry.example': entry } })).toEqual({})
    },
  )

  test('are known to lie with a helper, unless the file has them itself', () => {
    const helped = { credsStore: 'desktop', credHelpers: { 'gcr.io': 'gcloud' } }
    expect(forRegistry('gcr.io', helped)).toEqual({ helper: 'gcloud' })
    expect(forRegistry('registry.example', { ...helped, auths: { 'registry.example': {} } })).toEqual({
      helper: 'desktop',
    })
    const auths = { 'gcr.io': auth('me:secret') }
    expect(forRegistry('gcr.io', { ...helped, auths })).not.toHaveProperty('helper')
    expect(forRegistry('registry.example', { credHelpers: { 'gcr.io': 'gcloud' } })).toEqual({})
  })
})

describe('what docker login has left', () => {
  const read = async (content: string | undefined, registry = 'registry.example') => {
    const folder = await mkdtemp(join(tmpdir(), 'raddeploy-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    if (content !== undefined) await writeFile(join(folder, 'config.json'), content)
    const lines: string[] = []
    const logger: Logger = pino({}, { write: (line: string) => void lines.push(line) })
    const credentials = [
      await readCredentials(registry, folder, logger),
      await readCredentials(registry, folder, logger),
    ]
    return { credentials, lines }
  }

  test('is read in its folder', async () => {
    const { credentials, lines } = await read(
      JSON.stringify({ auths: { 'registry.example': auth('me:secret') } }),
    )
    const expected = { username: 'me', password: 'secret', serveraddress: 'registry.example' }
    expect(credentials).toEqual([expected, expected])
    expect(lines).toEqual([])
  })

  test('may be nothing', async () => {
    expect(await read(undefined)).toEqual({ credentials: [undefined, undefined], lines: [] })
  })

  test.each([
    ['is no JSON', 'secret'],
    ['has another shape', '{"auths": {"registry.example": {"auth": {"secret": 1}}}}'],
  ])('is one warning without a word of it where it %s', async (_, content) => {
    const { credentials, lines } = await read(content)
    expect(credentials).toEqual([undefined, undefined])
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/config\.json cannot be read; pulling without credentials/)
    expect(lines[0]).not.toMatch(/secret/)
  })

  test('is one warning where it lies with a helper', async () => {
    const { credentials, lines } = await read('{"credsStore": "desktop"}', 'helped.example')
    expect(credentials).toEqual([undefined, undefined])
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(
      /helped\.example lie with a credential helper \(desktop\), which is not supported/,
    )
  })
})

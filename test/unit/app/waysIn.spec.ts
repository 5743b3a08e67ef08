import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { configSchema } from '../../../app/config.ts'
import { dropSettings, stowSettings } from '../../../app/waysIn.ts'

const configured = (more: object) => configSchema.parse({ home: '/home', instance: 'ward', ...more })
const noSecrets = (): string => {
  throw new Error('no secret is asked for')
}
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

describe('STOW-RS', () => {
  test.each([{}, { stow: { host: '0.0.0.0' } }])('is not served without a port: %j', (more) =>
    expect(stowSettings(configured(more), noSecrets)).toBeUndefined(),
  )

  test('is called as the SCP is, and knows of tokens only their hashes', () => {
    const clients = [
      { name: 'PACS', token: { secret: 'pacs' } },
      { name: 'SITE-B', tokenSha256: sha256('b').toUpperCase(), hosts: ['10.1.0.0/16'], flows: ['ct-*'] },
    ]
    const config = configured({ scp: { aeTitle: 'RADIO' }, stow: { port: 8042, clients } })
    const settings = stowSettings(config, (name) => (name === 'pacs' ? 'token of PACS' : noSecrets()))
    expect(settings).toMatchObject({ name: 'ward', port: 8042, calledAeTitle: 'RADIO', maxRequests: 16 })
    expect(settings!.clients).toEqual([
      { name: 'PACS', tokenSha256: sha256('token of PACS') },
      { name: 'SITE-B', tokenSha256: sha256('b'), hosts: ['10.1.0.0/16'], flows: ['ct-*'] },
    ])
  })

  test.each([
    ['a client with no token', { clients: [{ name: 'A' }] }, 'has either token or tokenSha256'],
    [
      'a client with two',
      { clients: [{ name: 'A', token: { secret: 'a' }, tokenSha256: sha256('a') }] },
      'has either token or tokenSha256',
    ],
    ['a token as it is', { clients: [{ name: 'A', token: 'a' }] }, 'expected object'],
    [
      'a name twice',
      { clients: ['a', 'b'].map((a) => ({ name: 'A', tokenSha256: sha256(a) })) },
      'is there twice',
    ],
    ['no address', { clients: [{ name: 'A', tokenSha256: sha256('a'), hosts: ['nowhere'] }] }, 'IP address'],
    ['a key that is none', { adress: 'x' }, 'adress'],
  ])('is not configured with %s', (_, stow, why) =>
    expect(() => configured({ stow: { port: 8042, ...stow } })).toThrow(why),
  )
})

describe('the drop folder', () => {
  test('is none where none is configured', () => expect(dropSettings(configured({}))).toBeUndefined())

  test('has a name of its own, and stands where it stands', () =>
    expect(dropSettings(configured({ drop: { folder: '/data/drop' } }))).toEqual({
      name: 'ward:drop',
      folder: '/data/drop',
      quietSeconds: 2,
      calledAeTitle: 'RADDEPLOY',
      keep: 'taken',
      longestPauseSeconds: 60,
    }))
})

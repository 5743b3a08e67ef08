import { describe, expect, test } from 'vitest'
import { type z } from 'zod'
import { policySchema, scpConfigSchema, scpSectionSchema } from '../../../../producers/scp/config.ts'
import { type Call, type Load, judge } from '../../../../producers/scp/policy.ts'

type Entity = z.input<typeof policySchema>

/** Given these AE titles, when somebody calls, then … */
const given = (...entities: readonly Entity[]) => {
  const policies = entities.map((one) => policySchema.parse(one))
  return {
    when: (
      call: Partial<Omit<Call, 'caller'>> & { aeTitle?: string; host?: string },
      load: Partial<Load> = {},
    ) => {
      const { aeTitle = 'CT1', host = '10.1.2.3', called = 'LUNG', security = null } = call
      const verdict = judge(
        policies,
        { caller: { aeTitle, host }, called, security },
        { open: 0, limit: 200, openOf: () => 0, ...load },
      )
      return verdict.policy
        ? `as ${verdict.policy.aeTitle}`
        : `${Object.values(verdict.rejection).join('/')} ${verdict.why}`
    },
  }
}

describe('the AE title that is called', () => {
  test('has the first policy that fits', () => {
    const ward = given({ aeTitle: 'HEART' }, { aeTitle: 'LU*' }, { aeTitle: 'LUNG' }, { aeTitle: '*' })
    expect(ward.when({ called: 'LUNG' })).toBe('as LU*')
    expect(ward.when({ called: 'HEART' })).toBe('as HEART')
    expect(ward.when({ called: 'heart' })).toBe('as *')
  })

  test('is unknown where none does', () =>
    expect(given({ aeTitle: 'HEART' }).when({ called: 'LUNG' })).toBe('1/1/7 there is no AE title LUNG'))
})

describe('who may call', () => {
  test('is everybody where nothing is said', () =>
    expect(given({ aeTitle: 'LUNG' }).when({})).toBe('as LUNG'))

  const allowing = (...allow: NonNullable<Entity['allow']>) => given({ aeTitle: 'LUNG', allow })
  test.each([
    ['by AE title', [{ aeTitle: 'CT1' }]],
    ['by part of the AE title', [{ aeTitle: 'CT*' }]],
    ['by address', [{ hosts: ['10.1.2.3'] }]],
    ['by block', [{ hosts: ['192.168.0.0/24', '10.1.0.0/16'] }]],
    ['by both', [{ aeTitle: 'CT1', hosts: ['10.0.0.0/8'] }]],
    ['as one of several', [{ aeTitle: 'MR1' }, { aeTitle: 'CT1' }]],
    ['by a block of mapped addresses', [{ hosts: ['::ffff:10.1.0.0/112'] }]],
  ])('is named %s', (_, allow) => expect(allowing(...allow).when({})).toBe('as LUNG'))

  test.each([
    ['another AE title', [{ aeTitle: 'CT2' }]],
    ['another address', [{ hosts: ['10.1.2.4'] }]],
    ['another block', [{ hosts: ['10.2.0.0/16', 'fd00::/8'] }]],
    ['that AE title elsewhere', [{ aeTitle: 'CT1', hosts: ['10.2.0.0/16'] }]],
    ['another AE title there', [{ aeTitle: 'CT2', hosts: ['10.1.0.0/16'] }]],
  ])('is not who is not named: %s', (_, allow) =>
    expect(allowing(...allow).when({})).toBe('1/1/3 CT1 at 10.1.2.3 is not allowed'),
  )

  test.each(['::ffff:10.1.2.3', '::ffff:a01:203'])('is the same as IPv6: %s', (host) =>
    expect(allowing({ hosts: ['10.1.0.0/16'] }).when({ host })).toBe('as LUNG'),
  )

  test('may call by IPv6, with or without a zone', () => {
    const ward = allowing({ hosts: ['fe80::/10', 'fd00:1::5'] })
    expect(ward.when({ host: 'fe80::1%eth0' })).toBe('as LUNG')
    expect(ward.when({ host: 'fd00:1::5' })).toBe('as LUNG')
    expect(ward.when({ host: 'fd00:1::6' })).toBe('1/1/3 CT1 at fd00:1::6 is not allowed')
    expect(ward.when({ host: '' })).toBe('1/1/3 CT1 at  is not allowed')
  })

  test('is refused also where it is allowed', () => {
    const ward = given({ aeTitle: 'LUNG', allow: [{ aeTitle: 'CT*' }], refuse: [{ hosts: ['10.1.2.0/24'] }] })
    expect(ward.when({})).toBe('1/1/3 CT1 at 10.1.2.3 is refused')
    expect(ward.when({ host: '10.1.3.3' })).toBe('as LUNG')
  })
})

describe('a connection', () => {
  const secured = (certificate: 'none' | 'unverified' | 'verified') => ({ security: { certificate } })

  test('may be open or not where nothing is said', () => {
    expect(given({ aeTitle: 'LUNG' }).when(secured('none'))).toBe('as LUNG')
    expect(given({ aeTitle: 'LUNG' }).when({ security: null })).toBe('as LUNG')
  })

  test('must be TLS where that is required, with any certificate or none', () => {
    const ward = given({ aeTitle: 'LUNG', tls: 'required' })
    expect(ward.when({})).toBe('1/1/1 TLS is required')
    for (const certificate of ['none', 'unverified', 'verified'] as const)
      expect(ward.when(secured(certificate))).toBe('as LUNG')
  })

  test('needs a certificate of the peer that is signed by somebody we know, where that is required', () => {
    const ward = given({ aeTitle: 'LUNG', clientCertificate: true })
    expect(ward.when({})).toBe('1/1/1 a client certificate is required, and so TLS')
    expect(ward.when(secured('none'))).toBe('1/1/1 a client certificate is required')
    expect(ward.when(secured('unverified'))).toBe('1/1/1 the client certificate is signed by nobody we know')
    expect(ward.when(secured('verified'))).toBe('as LUNG')
  })

  test('is not told what is required when its AE title may not call', () =>
    expect(given({ aeTitle: 'LUNG', tls: 'required', allow: [{ aeTitle: 'MR*' }] }).when({})).toBe(
      '1/1/3 CT1 at 10.1.2.3 is not allowed',
    ))
})

describe('associations that are open at once', () => {
  test('are bounded over all AE titles', () => {
    const ward = given({ aeTitle: 'LUNG' })
    expect(ward.when({}, { open: 199 })).toBe('as LUNG')
    expect(ward.when({}, { open: 200 })).toBe('2/3/2 200 associations are open')
  })

  test('and for each', () => {
    const ward = given({ aeTitle: 'LUNG', maxAssociations: 2 }, { aeTitle: '*' })
    const openOf = (aeTitle: string): number => (aeTitle === 'LUNG' ? 2 : 7)
    expect(ward.when({}, { openOf })).toBe('2/3/2 2 associations of LUNG are open')
    expect(ward.when({ called: 'HEART' }, { openOf })).toBe('as *')
  })
})

describe('the configuration', () => {
  const parse = (scp: object) => scpConfigSchema.parse({ name: 'ward', ...scp })
  const faults = (scp: object): readonly string[] =>
    scpConfigSchema
      .safeParse({ name: 'ward', ...scp })
      .error!.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)

  test('has one open AE title where none is named', () => {
    expect(parse({}).entities).toMatchObject([{ aeTitle: 'RADDEPLOY', tls: 'optional', refuse: [] }])
    expect(parse({ aeTitle: ' LUNG ' }).entities).toMatchObject([{ aeTitle: 'LUNG' }])
  })

  test('is called by its first AE title where it does not say by which', () => {
    expect(parse({ entities: [{ aeTitle: '*X' }, { aeTitle: 'LUNG' }] }).aeTitle).toBe('LUNG')
    expect(parse({ entities: [{ aeTitle: '*X' }] }).aeTitle).toBe('X')
    expect(parse({ entities: [{ aeTitle: '*' }] }).aeTitle).toBe('RADDEPLOY')
    expect(parse({ entities: [{ aeTitle: '*' }], aeTitle: 'LUNG' }).aeTitle).toBe('LUNG')
  })

  test('may leave the port to us, or name it as a text', () => {
    expect(scpSectionSchema.parse({}).port).toBeUndefined()
    expect(scpSectionSchema.parse({ port: '104' }).port).toBe(104)
  })

  test('is read again as it was read', () => {
    const once = parse({ entities: [{ aeTitle: 'A*', allow: [{ hosts: ['::1'] }] }] })
    expect(scpConfigSchema.parse(once)).toEqual(once)
  })

  test.each([
    [{ entities: [{ aeTitle: 'A' }, { aeTitle: 'A' }] }, 'entities.1.aeTitle: A is there twice'],
    [{ entities: [{ aeTitle: 'A' }], aeTitle: 'B' }, 'aeTitle: B is none of the entities'],
    [{ entities: [{ aeTitle: 'A', tls: 'required' }] }, 'entities.0.tls: needs scp.tls'],
    [
      { entities: [{ aeTitle: 'A', clientCertificate: true }], tls: { key: 'k', cert: 'c' } },
      'entities.0.clientCertificate: needs scp.tls.ca',
    ],
    [{ entities: [{ aeTitle: 'A', allow: [{}] }] }, 'entities.0.allow.0: names aeTitle, hosts or both'],
    ...['10.1.2.3/33', '10.1.2', 'ct1.hospital', '::/129', '10.0.0.0/8/8', ''].map((host) => [
      { entities: [{ aeTitle: 'A', refuse: [{ hosts: [host] }] }] },
      'entities.0.refuse.0.hosts.0: is an IP address, or a block of them such as 10.1.0.0/16',
    ]),
  ] as readonly (readonly [object, string])[])('%j is wrong', (scp, fault) =>
    expect(faults(scp)).toEqual([fault]),
  )
})

import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { Modality, associateRequest, item, store } from '../../../support/modality.ts'
import {
  answerTo,
  folder,
  released,
  scanner,
  showing,
  start,
  stranger,
  tls,
  trusting,
} from '../../../support/ward.ts'

describe('TLS and open connections come to the same port', () => {
  test('and each association says by which it came, and with what certificate', async () => {
    const { port, of } = await start({ tls })
    for (const [secure, expected] of [
      [undefined, { tls: null, clientCertificate: null }],
      [trusting, { tls: 'TLSv1.3', clientCertificate: null }],
      [
        { ...trusting, maxVersion: 'TLSv1.2' },
        { tls: 'TLSv1.2', clientCertificate: null },
      ],
      [showing(scanner), { tls: 'TLSv1.3', clientCertificate: scanner.fingerprint }],
      [showing(stranger), { tls: 'TLSv1.3', clientCertificate: stranger.fingerprint }],
    ] as const) {
      const modality = await Modality.associate(port, {}, secure)
      expect(await answerTo(modality)).toBe('2')
      await released(modality)
      expect(of('AssociationOpened').at(-1)!.data).toMatchObject(expected)
    }
  })

  test('the first byte may come long before the others', async () => {
    const { port } = await start({ tls })
    const modality = await Modality.connect(port)
    const request = associateRequest()
    modality.send(request.subarray(0, 1))
    await pause(50)
    modality.send(request.subarray(1))
    expect(await answerTo(modality)).toBe('2')
  })

  test('an instance comes through TLS as it is', async () => {
    const { port, of } = await start({ tls })
    const modality = await Modality.associate(port, {}, trusting)
    await modality.next()
    modality.send(store(1, '1.2.3', Buffer.alloc(300_000)))
    expect((await modality.response()).Status).toBe(0xc000)
    expect(of('InstanceRefused')).toHaveLength(1)
  })

  test.each([
    ['an older version', { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' }],
    ['a suite without forward secrecy', { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }],
    [
      'a suite without authenticated encryption',
      { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' },
    ],
  ] as const)('%s is not spoken, and the next is served', async (_, secure) => {
    const { port } = await start({ tls })
    await expect(Modality.connect(port, { ...trusting, ...secure })).rejects.toThrow()
    expect(await answerTo(await Modality.associate(port, {}, trusting))).toBe('2')
  })

  test('TLS is closed where there is none, and so is a hello that ends in garbage', async () => {
    const { port } = await start()
    await expect(Modality.connect(port, trusting)).rejects.toThrow()
    expect(await answerTo(await Modality.associate(port))).toBe('2')
    const secured = await start({ tls })
    const modality = await Modality.connect(secured.port)
    modality.send(Buffer.concat([Buffer.from([0x16, 3, 1, 0, 200, 1]), Buffer.alloc(400, 7)]))
    await modality.rest()
    expect(await answerTo(await Modality.associate(secured.port))).toBe('2')
  })

  test('a key that cannot be read, or is none, stops it from starting', async () => {
    await expect(start({ tls: { ...tls, key: join(folder, 'nowhere') } })).rejects.toMatchObject({
      code: 'RD_CONFIG_INVALID',
    })
    await expect(start({ tls: { ...tls, key: tls.cert } })).rejects.toMatchObject({
      code: 'RD_CONFIG_INVALID',
    })
  })
})

describe('an AE title asks for', () => {
  const entities = [
    { aeTitle: 'RADDEPLOY' },
    { aeTitle: 'SECURE', tls: 'required' },
    { aeTitle: 'KNOWN', clientCertificate: true },
    { aeTitle: 'ONE', maxAssociations: 1 },
    { aeTitle: 'ELSEWHERE', allow: [{ hosts: ['10.0.0.0/8'] }] },
  ]
  test.each([
    ['TLS', 'SECURE', undefined, '1/1/1'],
    ['TLS', 'SECURE', trusting, '2'],
    ['a certificate', 'KNOWN', undefined, '1/1/1'],
    ['a certificate', 'KNOWN', trusting, '1/1/1'],
    ['a certificate', 'KNOWN', showing(stranger), '1/1/1'],
    ['a certificate', 'KNOWN', showing(scanner), '2'],
    ['other hosts', 'ELSEWHERE', undefined, '1/1/3'],
    ['its name', 'NOBODY', undefined, '1/1/7'],
  ] as const)('%s: %s', async (_, called, secure, expected) => {
    const { port, of } = await start({ tls, entities })
    const modality = await Modality.associate(port, { called }, secure)
    expect(await answerTo(modality)).toBe(expected)
    expect(
      of('AssociationRefused').map(
        ({ data: { result, source, diagnostic } }) => `${result}/${source}/${diagnostic}`,
      ),
    ).toEqual(expected === '2' ? [] : [expected])
    expect(of('AssociationOpened')).toHaveLength(expected === '2' ? 1 : 0)
  })

  test('a certificate also when a TLS session is resumed', async () => {
    const { port } = await start({ tls, entities })
    const first = await Modality.connect(port, trusting)
    const session = await new Promise<Buffer>((resolve) => first.socket.once('session', resolve))
    first.close()
    const again = await Modality.associate(port, { called: 'KNOWN' }, { ...trusting, session })
    expect(await answerTo(again)).toBe('1/1/1')
  })

  test('no more at once than it may have, and then again', async () => {
    const { port } = await start({ tls, entities })
    const first = await Modality.associate(port, { called: 'ONE' })
    expect(await answerTo(first)).toBe('2')
    expect(await answerTo(await Modality.associate(port, { called: 'ONE' }))).toBe('2/3/2')
    expect(await answerTo(await Modality.associate(port))).toBe('2')
    await released(first)
    expect(await answerTo(await Modality.associate(port, { called: 'ONE' }))).toBe('2')
  })
})

test('an AE title has a PDU length of its own', async () => {
  const { port } = await start({ entities: [{ aeTitle: 'RADDEPLOY', maxPduLength: 8192 }, { aeTitle: '*' }] })
  for (const [called, length] of [
    ['RADDEPLOY', [0, 0, 0x20, 0]],
    ['OTHER', [0, 2, 0, 0]],
  ] as const) {
    const accept = await (await Modality.associate(port, { called })).next()
    expect(accept!.body.includes(item(0x51, Buffer.from(length)))).toBe(true)
  }
})

test('what is wrong with the request itself is a refusal, too', async () => {
  const { port, of } = await start()
  for (const request of [{ protocolVersion: 2 }, { applicationContext: '1.2.3' }])
    await answerTo(await Modality.associate(port, request))
  expect(of('AssociationRefused').map(({ stream, data }) => ({ ...data, stream }))).toMatchObject([
    {
      ...{ stream: `ward:${port}`, scp: `ward:${port}`, calledAeTitle: 'RADDEPLOY' },
      ...{ calling: { aeTitle: 'MODALITY', host: '127.0.0.1' }, source: 2, diagnostic: 2 },
    },
    { source: 1, diagnostic: 2 },
  ])
})

test('a scanner of ports does not fill the log', async () => {
  const { port, of } = await start()
  for (let n = 0; n < 70; n += 1) {
    const modality = await Modality.associate(port, { called: 'NOBODY' })
    expect(await answerTo(modality)).toBe('1/1/7')
    modality.close()
  }
  expect(of('AssociationRefused')).toHaveLength(60)
})

import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { itemsOf, multipart, post, smallFile } from '../../../support/stow.ts'
import { head, raw, serve } from '../../../support/stowServer.ts'
import { until } from '../../../support/until.ts'

describe('a request is one association', () => {
  test('whose files are kept bit for bit, their preamble and header too', async () => {
    const { url, said, of, objects, stow } = await serve()
    const files = [smallFile(), smallFile()]
    const answer = await post(url, multipart(files.map(({ bytes }) => bytes)))
    expect(answer.status).toBe(200)
    expect(itemsOf(answer.dataset, '00081199')).toEqual(
      files.map(({ sopInstanceUid }) => [sopInstanceUid, undefined]),
    )
    expect(Object.keys(answer.dataset)).toEqual(['00081199'])
    expect(said.map(({ type }) => type)).toEqual([
      'AssociationOpened',
      'InstanceStored',
      'InstanceStored',
      'AssociationClosed',
    ])
    expect(of('AssociationOpened')[0]!.data).toMatchObject({
      calling: { aeTitle: 'LOCALHOST', host: '127.0.0.1' },
      calledAeTitle: 'RADDEPLOY',
      scp: stow.name,
      via: 'stow-rs',
      flows: null,
    })
    for (const [index, { data }] of of('InstanceStored').entries()) {
      const { bytes } = files[index]!
      expect(objects.get(data.object.key)!.equals(bytes)).toBe(true)
      expect(bytes.subarray(data.datasetOffset).readUInt16LE()).toBe(0x0008)
      expect(data).toMatchObject({ transferSyntaxUid: '1.2.840.10008.1.2.1', ordinal: index + 1 })
    }
    expect(of('AssociationClosed')[0]!.data).toMatchObject({ how: 'released', stored: 2, refused: 0 })
  })

  test('in which what is refused keeps nothing else from being stored', async () => {
    const { url, of } = await serve()
    const [good, cut, other] = [smallFile(), smallFile(), smallFile({ StudyInstanceUID: '2.25.9' })]
    const body = multipart([cut.bytes.subarray(0, -3), Buffer.from('no DICOM'), good.bytes, other.bytes])
    const answer = await post(`${url}/2.25.1`, body)
    expect(answer.status).toBe(202)
    expect(itemsOf(answer.dataset, '00081199')).toEqual([[good.sopInstanceUid, undefined]])
    expect(itemsOf(answer.dataset, '00081198')).toEqual([
      [cut.sopInstanceUid, 0xc000],
      [other.sopInstanceUid, 0xa900],
    ])
    expect(itemsOf(answer.dataset, '0008119A')).toEqual([[undefined, 0xc000]])
    expect(of('InstanceRefused').map(({ data }) => data.code)).toEqual(
      expect.arrayContaining(['RD_DICOM_UNREADABLE', 'RD_DICOM_UNREADABLE', 'RD_DICOM_MISMATCH']),
    )
    expect(of('AssociationClosed')[0]!.data).toMatchObject({ how: 'released', stored: 1, refused: 3 })
  })

  test('of which nothing is stored where no part can be', async () => {
    const { url } = await serve({ maxInstanceBytes: 1024 })
    const large = smallFile({ ImageComments: 'x'.repeat(4000) })
    const answer = await post(url, multipart([Buffer.from('no DICOM'), large.bytes]))
    expect(answer.status).toBe(409)
    expect(itemsOf(answer.dataset, '00081198')).toEqual([[large.sopInstanceUid, 0xa700]])
  })

  test('whose parts may be of another kind, and then are refused', async () => {
    const { url } = await serve()
    const file = smallFile()
    const answer = await post(url, multipart([file.bytes], { type: 'image/jpeg' }))
    expect(answer.status).toBe(409)
    expect(itemsOf(answer.dataset, '00081198')).toEqual([[file.sopInstanceUid, 0xc000]])
  })

  test('that may come byte by byte, its boundaries in any place', async () => {
    const {
      stow: { port },
      of,
    } = await serve()
    const body = multipart([smallFile().bytes, smallFile().bytes])
    const { socket, heard } = raw(port, head(body.length, 'Connection: close\r\n'))
    socket.setNoDelay(true)
    for (const byte of body) await new Promise((sent) => socket.write(Buffer.of(byte), sent))
    expect(await heard).toMatch(/^HTTP\/1.1 200 /)
    expect(of('InstanceStored')).toHaveLength(2)
  })

  test('with as many parts as it likes, of which few wait at once', async () => {
    const { url, of, uploads } = await serve()
    uploads.finishMs = 20
    const answer = await post(url, multipart(Array.from({ length: 100 }, () => smallFile().bytes)))
    expect(answer.status).toBe(200)
    expect(of('InstanceStored')).toHaveLength(100)
    expect(uploads.most).toBeLessThanOrEqual(5)
  })
})

describe('who may send', () => {
  const tokenSha256 = 'bd9b2b4a7a4a8d6ae8b6d4d3c0a0f0f8e3f0a7f7fbc8dd0a0a2d8fd1d8d0c5cf'

  test('is known by a token, and who is not is refused, which the log says', async () => {
    const token = 'a secret that nobody may see'.replaceAll(' ', '-')
    const sha = createHash('sha256').update(token).digest('hex')
    const flows = ['ct-*']
    const { url, of, said } = await serve({
      clients: [
        { name: 'PACS', tokenSha256: sha, flows },
        { name: 'ELSEWHERE', tokenSha256, hosts: ['10.0.0.0/8'] },
      ],
    })
    const body = multipart([smallFile().bytes])
    const refused = await post(url, body, { Authorization: 'Bearer wrong' })
    expect({ ...refused, headers: refused.headers.get('www-authenticate') }).toMatchObject({
      status: 401,
      headers: 'Bearer realm="raddeploy"',
    })
    expect((await post(url, body)).status).toBe(401)
    await until(() => of('AssociationRefused').length === 2)
    expect(of('AssociationRefused')[0]!.data).toMatchObject({
      calling: { aeTitle: '', host: '127.0.0.1' },
      ...{
        via: 'stow-rs',
        result: 0,
        source: 0,
        diagnostic: 401,
        reason: 'the bearer token is of no client',
      },
    })
    expect(said).toHaveLength(2)

    expect((await post(url, body, { Authorization: `Bearer ${token}` })).status).toBe(200)
    expect(of('AssociationOpened')[0]!.data).toMatchObject({ calling: { aeTitle: 'PACS' }, flows })
    expect(JSON.stringify(said)).not.toContain(token)
  })

  test('is refused in words that do not fill the log', async () => {
    const { url, of } = await serve({ clients: [{ name: 'PACS', tokenSha256 }] })
    for (let n = 0; n < 70; n += 1) expect((await post(url, Buffer.from('x'))).status).toBe(401)
    expect(of('AssociationRefused')).toHaveLength(60)
  })
})

describe('a request as a whole is refused', () => {
  test.each([
    ['as JSON', 'application/json', 415],
    ['as a form', 'multipart/form-data; boundary=a-boundary', 415],
    ['of another type', 'multipart/related; type="application/dicom+json"; boundary=a-boundary', 415],
    ['without a boundary', 'multipart/related; type="application/dicom"', 400],
  ])('when it comes %s', async (_, type, status) => {
    const { url, said } = await serve()
    expect(await post(url, multipart([smallFile().bytes]), { 'Content-Type': type })).toMatchObject({
      status,
    })
    expect(said).toEqual([])
  })

  test('elsewhere than at /studies, and by another method than POST', async () => {
    const { url } = await serve()
    expect((await fetch(url)).status).toBe(405)
    expect((await fetch(url.replace('studies', 'series'), { method: 'POST' })).status).toBe(404)
    expect((await post(`${url}/not-a-uid`, Buffer.from('x'))).status).toBe(400)
  })

  test('when it says that it is too large, before it is sent', async () => {
    const {
      stow: { port },
      of,
    } = await serve({ maxRequestBytes: 2048 })
    const { heard } = raw(port, head(4096, 'Expect: 100-continue\r\n'))
    expect(await heard).toMatch(/^HTTP\/1.1 413 /)
    expect(of('AssociationRefused')[0]!.data).toMatchObject({ diagnostic: 413 })
    expect(of('AssociationOpened')).toEqual([])
  })

  test('when too many are open', async () => {
    const {
      stow: { port },
      url,
      of,
    } = await serve({ maxRequests: 1 })
    const { socket } = raw(port, head(4096))
    await until(() => of('AssociationOpened').length === 1)
    const answer = await post(url, multipart([smallFile().bytes]))
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '30'])
    socket.destroy()
    await until(() => of('AssociationClosed').length === 1)
    expect((await post(url, multipart([smallFile().bytes]))).status).toBe(200)
  })
})

describe('what cannot be stored for now', () => {
  test('is answered with 503 and when to come again, and is not tried anew for each instance', async () => {
    const { url, of, away } = await serve()
    away.store = true
    const body = multipart(Array.from({ length: 9 }, () => smallFile().bytes))
    const answer = await post(url, body)
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '30'])
    expect(of('InstanceRefused')).toHaveLength(9)
    expect(of('InstanceRefused').find(({ data }) => data.ordinal === 9)!.data).toMatchObject({
      ...{ code: 'RD_S3_UNAVAILABLE', status: 0xa700 },
      reason: 'not tried, since one before it could not be stored',
    })
    expect(of('AssociationClosed')[0]!.data).toMatchObject({ how: 'released', stored: 0, refused: 9 })
    away.store = false
    expect((await post(url, body)).status).toBe(200)
  })

  test('is not called stored where the log does not hear of it', async () => {
    const { url, away, said } = await serve()
    away.log = true
    expect((await post(url, multipart([smallFile().bytes]))).status).toBe(503)
    expect(said).toEqual([])
  })
})

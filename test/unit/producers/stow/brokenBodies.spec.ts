import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { multipart, post, smallFile } from '../../../support/stow.ts'
import { head, raw, serve } from '../../../support/stowServer.ts'
import { until } from '../../../support/until.ts'

describe('a body that cannot be taken to its end', () => {
  test.each([
    ['is no multipart', Buffer.from('hallo'), 'the body ends before its last boundary'],
    ['is empty', Buffer.alloc(0), 'the body ends before its last boundary'],
    ['has no part', Buffer.from('--a-boundary--\r\n'), 'the body has no part'],
    [
      'has a part without a header',
      Buffer.from('--a-boundary\r\n--a-boundary--\r\n'),
      'a part has no header',
    ],
    [
      'stops in a header',
      Buffer.from('--a-boundary\r\nContent-Type: appl'),
      'the body ends before its last boundary',
    ],
    [
      'has no last boundary',
      multipart([smallFile().bytes], { isClosed: false }),
      'the body ends before its last boundary',
    ],
    [
      'stops in a file',
      multipart([smallFile().bytes]).subarray(0, 400),
      'the body ends before its last boundary',
    ],
  ])('because it %s is answered with 400, and its association is aborted', async (_, body, reason) => {
    const { url, of } = await serve()
    const answer = await post(url, body)
    expect(answer).toMatchObject({ status: 400, text: `${reason}\n` })
    const [closed] = of('AssociationClosed')
    expect(closed!.data).toMatchObject({ how: 'aborted', reason, stored: 0 })
  })

  test('because the connection is lost ends its association as lost, with what was stored before', async () => {
    const {
      stow: { port },
      of,
    } = await serve()
    const body = multipart([smallFile().bytes, smallFile().bytes])
    const { socket } = raw(port, head(body.length), body.subarray(0, -200))
    await until(() => of('InstanceStored').length === 1)
    socket.resetAndDestroy()
    await until(() => of('AssociationClosed').length === 1)
    expect(of('AssociationClosed')[0]!.data).toMatchObject({
      ...{ how: 'lost', reason: 'the connection was lost', stored: 1, refused: 0 },
    })
  })

  test('because the client falls silent is given up', async () => {
    const {
      stow: { port },
      of,
    } = await serve({ idleSeconds: 0.2 })
    const { heard } = raw(port, head(4096), multipart([smallFile().bytes]).subarray(0, 300))
    expect(await heard).toMatch(/^HTTP\/1.1 408 /)
    expect(of('AssociationClosed')[0]!.data).toMatchObject({
      how: 'lost',
      reason: 'the client was silent for 0.2 s',
    })
  })

  test('because it is larger than it may be, which it did not say, is broken off', async () => {
    const {
      stow: { port },
      of,
    } = await serve({ maxRequestBytes: 100_000 })
    const { socket, heard } = raw(port, head('chunked'))
    socket.on('error', () => undefined)
    const piece = Buffer.concat([Buffer.from('10000\r\n'), randomBytes(65_536), Buffer.from('\r\n')])
    for (let n = 0; n < 4; n += 1) socket.write(piece)
    expect(await heard.catch(String)).toMatch(/^HTTP\/1.1 413 /)
    expect(of('AssociationClosed')[0]!.data).toMatchObject({ how: 'aborted', stored: 0 })
  })

  test('because it has more parts than it may', async () => {
    const { url, of } = await serve({ maxInstances: 3 })
    const answer = await post(url, multipart(Array.from({ length: 9 }, () => smallFile().bytes)))
    expect(answer.status).toBe(413)
    expect(of('AssociationClosed')[0]!.data).toMatchObject({ how: 'aborted' })
  })
})

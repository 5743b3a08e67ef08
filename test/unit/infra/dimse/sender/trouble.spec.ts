import { once } from 'node:events'
import { createServer } from 'node:net'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Instance, sendInstances } from '../../../../../infra/dimse/sender/send.ts'
import { type Behaviour, pdu, response, startPeer } from '../../../../support/peer.ts'
import { bytes, outgoing, several } from '../../../../support/outgoing.ts'

let peers: Awaited<ReturnType<typeof startPeer>>[] = []
const warnings: Error[] = []
const warn = (warning: Error): void => void warnings.push(warning)
beforeEach(() => void process.on('warning', warn))
afterEach(async () => {
  await Promise.all(peers.map((peer) => peer.close()))
  peers = []
  process.off('warning', warn)
  expect(warnings).toEqual([])
})
const titles = { host: '127.0.0.1', calledAeTitle: 'ARCHIVE', callingAeTitle: 'RADDEPLOY' }
const peerThat = async (behaviour: Behaviour = {}) => {
  const peer = await startPeer(behaviour)
  peers.push(peer)
  return { ...peer, ...titles }
}
const error = (code: string, message: RegExp): Error =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error
const outcomes = async (sent: ReturnType<typeof sendInstances>) =>
  (await sent).map(({ id, outcome, comment }) => [id, outcome, comment])
const patience = { connectMs: 1000, associationMs: 200, responseMs: 200 }
const abortPdu = pdu(7, Buffer.alloc(4))

describe('where no association comes about', () => {
  const refusals: [string, Behaviour, string, RegExp][] = [
    ['called AE title unknown', rejecting(1, 1, 7), 'RD_DICOM_REJECTED', /ARCHIVE@127.*called AE title/],
    ['congestion', rejecting(2, 3, 1), 'RD_DICOM_REJECTED', /congestion/],
    ['a reason of its own', rejecting(1, 1, 9), 'RD_DICOM_REJECTED', /1\/1\/9/],
    ['an abort', { onAssociate: (socket) => socket.end(abortPdu) }, 'RD_DICOM_UNREACHABLE', /aborted/],
    ['a closed connection', { onAssociate: (socket) => socket.end() }, 'RD_DICOM_UNREACHABLE', /closed/],
    ['a reset', { onAssociate: (socket) => socket.resetAndDestroy() }, 'RD_DICOM_UNREACHABLE', /lost/],
    ['silence', { onAssociate: () => undefined }, 'RD_DICOM_UNREACHABLE', /did not answer.*0.2 s/],
    ['another protocol', answering('HTTP/1.1 400 Bad Request\r\n\r\n'), 'RD_DICOM_PROTOCOL', /announces/],
    ['a PDU cut for good', answering('\x02\0\0\0\x01\0'), 'RD_DICOM_UNREACHABLE', /within 0.2 s/],
    [
      'an acceptance that is cut',
      answering('\x02\0\0\0\0\x04\0\0\0\0'),
      'RD_DICOM_PROTOCOL',
      /A-ASSOCIATE-AC is cut/,
    ],
    ['a limit that fits nothing', { maxPduLength: 5 }, 'RD_DICOM_PROTOCOL', /5 bytes at most/],
  ]
  test.each(refusals)('says %s', async (_, behaviour, code, message) => {
    const peer = await peerThat(behaviour)
    const sent = sendInstances({ ...peer, timeouts: patience, instances: several(1) })
    await expect(sent).rejects.toThrow(error(code, message))
    expect(peer.messages).toEqual([])
  })

  test('says that nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    server.close()
    await once(server, 'close')
    for (const host of ['127.0.0.1', 'localhost'])
      await expect(sendInstances({ ...titles, host, port, instances: several(1) })).rejects.toThrow(
        error('RD_DICOM_UNREACHABLE', /cannot be reached: .*ECONNREFUSED/),
      )
  })

  test('says that the name is not known', () =>
    expect(
      sendInstances({ ...titles, host: 'pacs.invalid', port: 104, instances: several(1) }),
    ).rejects.toThrow(error('RD_DICOM_UNREACHABLE', /pacs\.invalid:104 cannot be reached/)))
})

describe('where the association breaks', () => {
  const thenRest = (comment: RegExp) => [
    ['1', 'success', null],
    ['2', 'notAttempted', expect.stringMatching(comment) as string],
    ['3', 'notAttempted', expect.stringMatching(comment) as string],
  ]
  const second = (act: NonNullable<Behaviour['onMessage']>): Behaviour => ({
    onMessage: (message, socket) =>
      message.command.MessageID === 2 ? act(message, socket) : response(message, 0),
  })
  const breaks: [string, Behaviour, RegExp][] = [
    ['an abort', second((_, socket) => void socket.end(abortPdu)), /aborted/],
    ['a closed connection', second((_, socket) => void socket.end()), /closed/],
    ['a reset', second((_, socket) => void socket.resetAndDestroy()), /lost/],
    ['silence', second(() => undefined), /did not answer within 0.2 s/],
    [
      'an answer to another message',
      second((m) => response(m, 0, { MessageIDBeingRespondedTo: 1 })),
      /not asked/,
    ],
    ['an answer to another command', second((m) => response(m, 0, { CommandField: 0x8030 })), /not asked/],
    ['a request of its own', second((m) => ({ ...m.command })), /not asked/],
    [
      'an answer without status',
      second(({ command: { MessageID: MessageIDBeingRespondedTo } }) => ({
        CommandField: 0x8001,
        MessageIDBeingRespondedTo: MessageIDBeingRespondedTo!,
      })),
      /without a status/,
    ],
    ['a release of its own', second((_, socket) => void socket.write(pdu(5, Buffer.alloc(4)))), /type 5/],
    [
      'data where an answer was due',
      second((_, socket) => void socket.write(pdu(4, Buffer.from([0, 0, 0, 2, 1, 2])))),
      /something else/,
    ],
    ['an answer without end', second((_, socket) => void drip(socket)), /too long|within/],
  ]
  test.each(breaks)(
    'by %s, what was answered counts and the rest was not attempted',
    async (_, behaviour, comment) => {
      const peer = await peerThat(behaviour)
      const troubles: unknown[] = []
      const onTrouble = (trouble: unknown): void => void troubles.push(trouble)
      const sent = sendInstances({ ...peer, timeouts: patience, instances: several(3), onTrouble })
      expect(await outcomes(sent)).toEqual(thenRest(comment))
      expect(troubles).toEqual([expect.any(Error)])
      expect(peer.messages.filter(({ command }) => command.MessageID === 3)).toEqual([])
    },
  )

  test('in the midst of an instance, at a peer that takes no more bytes, that one was not attempted', async () => {
    const peer = await peerThat({ deafAfter: 1 })
    const big = outgoing('2', Buffer.alloc(64_000_000), { chunk: 64_000 })
    const instances = [outgoing('1', bytes(10)), big]
    expect(await outcomes(sendInstances({ ...peer, timeouts: patience, instances }))).toEqual([
      ['1', 'success', null],
      ['2', 'notAttempted', 'the peer took no bytes within 0.2 s'],
    ])
  })

  test('the second association is tried nonetheless, and may fail without harm to the first', async () => {
    const peer = await peerThat()
    const instances = Array.from({ length: 130 }, (_, n) =>
      outgoing(String(n), bytes(2), { sopClassUid: `1.${n}` }),
    )
    const onResult = ({ id }: { id: string }): void => {
      if (id === '127') void peer.close()
    }
    const results = await sendInstances({ ...peer, instances, onResult })
    peers = []
    expect(results.map(({ outcome }) => outcome)).toEqual([
      ...Array.from({ length: 128 }, () => 'success'),
      'notAttempted',
      'notAttempted',
    ])
  })

  test('by us, it ends at once and starts no other', async () => {
    const stop = new AbortController()
    const peer = await peerThat(second(() => void stop.abort()))
    const instances = Array.from({ length: 130 }, (_, n) =>
      outgoing(String(n + 1), bytes(2), { sopClassUid: `1.${n}` }),
    )
    const results = await sendInstances({ ...peer, instances, signal: stop.signal })
    expect(results.map(({ outcome }) => outcome)).toEqual([
      'success',
      ...Array.from({ length: 129 }, () => 'notAttempted'),
    ])
    expect(peer.proposals).toHaveLength(1)
    await expect(sendInstances({ ...peer, instances, signal: stop.signal })).rejects.toThrow(/abort/)
  })
})

describe('a data set', () => {
  const from = (id: string, size: number, source: () => AsyncGenerator<Buffer>): Instance =>
    outgoing(id, Buffer.alloc(size), {
      open: () => Promise.resolve(Readable.from(source(), { objectMode: false })),
    })

  const bad: [string, () => AsyncGenerator<Buffer>, RegExp][] = [
    [
      'that is shorter than announced',
      async function* () {
        yield bytes(5998)
      },
      /6000 bytes/,
    ],
    [
      'that is longer than announced',
      async function* () {
        yield bytes(6000)
        yield bytes(2)
      },
      /6000 bytes/,
    ],
    [
      'whose source fails at its very end',
      async function* () {
        yield bytes(3000)
        yield bytes(3000)
        throw new Error('no such hash')
      },
      /no such hash/,
    ],
    [
      'whose source fails',
      async function* () {
        yield bytes(100)
        throw new Error('S3 is away')
      },
      /S3 is away/,
    ],
    [
      'whose source is silent',
      async function* () {
        yield bytes(100)
        await new Promise(() => undefined)
      },
      /did not come within 0.2 s/,
    ],
  ]
  test.each(bad)('%s never reaches the peer as a whole', async (_, source, comment) => {
    const peer = await peerThat()
    const instances = [outgoing('1', bytes(10)), from('2', 6000, source), outgoing('3', bytes(10))]
    const sent = await sendInstances({ ...peer, timeouts: patience, instances })
    expect(sent.map(({ outcome }) => outcome)).toEqual(['success', 'notAttempted', 'notAttempted'])
    expect(sent[1]!.comment).toMatch(comment)
    await expect.poll(() => peer.sockets.size).toBe(0)
    expect(peer.messages).toHaveLength(1)
  })

  test('that cannot be opened does not keep the others', async () => {
    const peer = await peerThat()
    const troubles: unknown[] = []
    const closed = outgoing('2', bytes(10), { open: () => Promise.reject(new Error('no object')) })
    const instances = [outgoing('1', bytes(10)), closed, outgoing('3', bytes(10))]
    const sent = sendInstances({ ...peer, instances, onTrouble: (trouble) => troubles.push(trouble) })
    expect(await outcomes(sent)).toEqual([
      ['1', 'success', null],
      ['2', 'notAttempted', 'no object'],
      ['3', 'success', null],
    ])
    expect(troubles).toHaveLength(1)
    expect(peer.endings).toEqual(['released'])
  })

  test('is read no faster than the peer takes it, and its source is closed when the peer goes', async () => {
    let read = 0
    let isClosed = false
    const size = 400_000_000
    async function* source(): AsyncGenerator<Buffer> {
      try {
        for (; read < size; read += 100_000) yield Buffer.alloc(100_000)
      } finally {
        isClosed = true
      }
    }
    const peer = await peerThat({ deafAfter: 1 })
    const instances = [outgoing('1', bytes(10)), from('2', size, source)]
    await sendInstances({ ...peer, timeouts: patience, instances })
    // What lies between: the buffers of two sockets in the kernel.
    expect(read).toBeLessThan(40_000_000)
    expect(isClosed).toBe(true)
  })

  test('of many pieces leaves no listener behind', async () => {
    const peer = await peerThat({ maxPduLength: 0 })
    const instances = [outgoing('1', Buffer.alloc(20_000_000), { chunk: 64_000 })]
    expect(await sendInstances({ ...peer, instances })).toMatchObject([{ outcome: 'success' }])
    expect(peer.messages[0]!.dataset).toHaveLength(20_000_000)
  })
})

function rejecting(result: number, source: number, reason: number): Behaviour {
  return { onAssociate: (socket) => socket.end(pdu(3, Buffer.from([0, result, source, reason]))) }
}
function answering(text: string): Behaviour {
  return { onAssociate: (socket) => socket.write(text, 'latin1') }
}
function drip(socket: Parameters<NonNullable<Behaviour['onMessage']>>[1]): void {
  const more = (): void => {
    if (!socket.destroyed) socket.write(pdu(4, Buffer.from([0, 0, 0, 2, 1, 1])), () => setImmediate(more))
  }
  more()
}

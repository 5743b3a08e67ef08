import { afterEach, describe, expect, test } from 'vitest'
import { sendInstances } from '../../../../../infra/dimse/sender/send.ts'
import { type Behaviour, type Received, response, startPeer } from '../../../../support/peer.ts'
import { until } from '../../../../support/until.ts'
import { bytes, ctImage, explicitLittleEndian, outgoing, several } from '../../../../support/outgoing.ts'

let peers: Awaited<ReturnType<typeof startPeer>>[] = []
const peerThat = async (behaviour: Behaviour = {}) => {
  const peer = await startPeer(behaviour)
  peers.push(peer)
  return { ...peer, host: '127.0.0.1', calledAeTitle: 'ARCHIVE', callingAeTitle: 'RADDEPLOY' }
}
afterEach(async () => {
  await Promise.all(peers.map((peer) => peer.close()))
  peers = []
})
/** Lengths of the PDUs that a peer got, by type. */
const pduLengths = (wire: Buffer, type: number): number[] => {
  const lengths: number[] = []
  for (let at = 0; at < wire.length; at += 6 + wire.readUInt32BE(at + 2))
    if (wire[at] === type) lengths.push(wire.readUInt32BE(at + 2))
  return lengths
}

describe('instances that are sent', () => {
  test('arrive as they are, whatever PDU length the peer takes', async () => {
    for (const maxPduLength of [0, 8, 9, 1000, 16_384, 131_072, 0xffff_ffff]) {
      const peer = await peerThat({ maxPduLength })
      const datasets = [bytes(2), bytes(994), bytes(5000)]
      const instances = datasets.map((dataset, n) => outgoing(String(n), dataset))
      const results = await sendInstances({ ...peer, instances })
      expect(results.map(({ outcome, status }) => [outcome, status])).toEqual(
        datasets.map(() => ['success', 0]),
      )
      expect(peer.messages.map(({ dataset }) => dataset)).toEqual(datasets)
      if (maxPduLength > 0)
        expect(Math.max(...pduLengths(Buffer.concat(peer.wire), 4))).toBeLessThanOrEqual(maxPduLength)
      expect(peer.endings).toEqual(['released'])
    }
  })

  test('are announced by a C-STORE-RQ with their names, each with a message id of its own', async () => {
    const peer = await peerThat()
    await sendInstances({ ...peer, instances: several(3) })
    expect(peer.messages.map(({ command }) => command)).toEqual(
      [1, 2, 3].map((n) => ({
        AffectedSOPClassUID: ctImage,
        CommandField: 1,
        MessageID: n,
        Priority: 0,
        CommandDataSetType: 0,
        AffectedSOPInstanceUID: `1.2.3.${n}`,
      })),
    )
  })

  test('have a context for each pair of SOP class and transfer syntax, and one for what they can be converted to', async () => {
    const peer = await peerThat()
    const [implicit, deflated] = ['1.2.840.10008.1.2', '1.2.840.10008.1.2.1.99']
    const jpeg = '1.2.840.10008.1.2.4.50'
    const instances = [
      outgoing('1', bytes(4)),
      outgoing('2', bytes(4), { transferSyntaxUid: implicit }),
      outgoing('3', bytes(4)),
      outgoing('4', bytes(4), { sopClassUid: '2.25.7', transferSyntaxUid: deflated }),
      outgoing('5', bytes(4), { sopClassUid: '2.25.8', transferSyntaxUid: jpeg }),
    ]
    await sendInstances({ ...peer, instances })
    expect(peer.proposals).toEqual([
      [
        { id: 1, abstractSyntax: ctImage, transferSyntaxes: [explicitLittleEndian] },
        { id: 3, abstractSyntax: ctImage, transferSyntaxes: [implicit] },
        { id: 5, abstractSyntax: '2.25.7', transferSyntaxes: [deflated] },
        { id: 7, abstractSyntax: '2.25.8', transferSyntaxes: [jpeg] },
        { id: 9, abstractSyntax: ctImage, transferSyntaxes: [explicitLittleEndian, implicit] },
        { id: 11, abstractSyntax: '2.25.7', transferSyntaxes: [explicitLittleEndian, implicit] },
      ],
    ])
    expect(peer.messages.map(({ contextId }) => contextId)).toEqual([1, 3, 1, 5, 7])
  })

  test('take a second association where they need more than 128 contexts', async () => {
    const peer = await peerThat()
    const instances = Array.from({ length: 300 }, (_, n) =>
      outgoing(String(n), bytes(2), { sopClassUid: `1.2.${n % 150}` }),
    )
    const results = await sendInstances({ ...peer, instances })
    expect(results.map(({ id }) => id)).toEqual(instances.map(({ id }) => id))
    expect(results.every(({ outcome }) => outcome === 'success')).toBe(true)
    expect(peer.proposals.map((one) => one.length)).toEqual([128, 128, 128, 128, 88])
    for (const one of peer.proposals) {
      const ids = one.map(({ id }) => id)
      expect(new Set(ids).size).toBe(ids.length)
      expect(ids.every((id) => id % 2 === 1 && id <= 255)).toBe(true)
    }
    expect(peer.endings).toEqual(Array(5).fill('released'))
  })

  test('are told one by one, in their order', async () => {
    const heard: string[] = []
    const peer = await peerThat()
    await sendInstances({ ...peer, instances: several(3), onResult: ({ id }) => heard.push(id) })
    expect(heard).toEqual(['1', '2', '3'])
  })

  test('that are none need no peer', async () =>
    expect(
      await sendInstances({ host: '', port: 1, calledAeTitle: 'A', callingAeTitle: 'B', instances: [] }),
    ).toEqual([]))

  test('count on with message ids after 65535 from 1', async () => {
    let ids = 0
    let last = 0
    const onMessage = (message: Received) => {
      ids += message.command.MessageID === (ids % 65_535) + 1 ? 1 : Number.NaN
      last = message.command.MessageID!
      return response(message, 0)
    }
    const peer = await peerThat({ onMessage })
    const one = outgoing('1', bytes(2))
    const results = await sendInstances({ ...peer, instances: Array.from({ length: 65_537 }, () => one) })
    expect(results.every(({ outcome }) => outcome === 'success')).toBe(true)
    expect({ ids, last }).toEqual({ ids: 65_537, last: 2 })
  }, 180_000)
})

describe('a deflated data set', () => {
  const deflated = '1.2.840.10008.1.2.1.99'
  test('of odd length gets one 00 at its end', async () => {
    for (const maxPduLength of [0, 8, 1000]) {
      const peer = await peerThat({ maxPduLength })
      const instances = [outgoing('1', bytes(2001), { transferSyntaxUid: deflated })]
      expect(await sendInstances({ ...peer, instances })).toMatchObject([{ outcome: 'success' }])
      expect(peer.messages[0]!.dataset).toEqual(Buffer.concat([bytes(2001), Buffer.alloc(1)]))
    }
  })

  test('of even length stays as it is', async () => {
    const peer = await peerThat()
    await sendInstances({ ...peer, instances: [outgoing('1', bytes(2000), { transferSyntaxUid: deflated })] })
    expect(peer.messages[0]!.dataset).toEqual(bytes(2000))
  })
})

describe('the status of a peer', () => {
  test('is kept for each instance, with its comment', async () => {
    const statuses = [0x0000, 0xb007, 0xa700, 0xc001, 0x0124, 0x0000]
    const peer = await peerThat({
      onMessage: (message) => {
        const code = statuses[message.command.MessageID! - 1]!
        return response(message, code, code === 0xa700 ? { ErrorComment: 'the disk is full' } : {})
      },
    })
    const results = await sendInstances({ ...peer, instances: several(6) })
    expect(results.map(({ outcome, status, comment }) => [outcome, status, comment])).toEqual([
      ['success', 0x0000, null],
      ['warning', 0xb007, null],
      ['failure', 0xa700, 'the disk is full'],
      ['failure', 0xc001, null],
      ['failure', 0x0124, null],
      ['success', 0x0000, null],
    ])
  })

  test('is none where it takes none of the contexts, or answers with a syntax that was not proposed', async () => {
    const deflated = '1.2.840.10008.1.2.1.99'
    const peer = await peerThat({
      context: ({ abstractSyntax }) =>
        abstractSyntax === '1.2.1'
          ? { result: 3, transferSyntax: explicitLittleEndian }
          : { result: 0, transferSyntax: abstractSyntax === '1.2.2' ? deflated : explicitLittleEndian },
    })
    const instances = ['1.2.1', '1.2.2', '1.2.3'].map((sopClassUid) =>
      outgoing(sopClassUid, bytes(10), { sopClassUid }),
    )
    const reason = (sopClassUid: string): string =>
      `the peer does not take SOP class ${sopClassUid} in transfer syntax 1.2.840.10008.1.2.1 (Explicit VR Little Endian), and there is no lossless way to one that it takes`
    expect(await sendInstances({ ...peer, instances })).toMatchObject([
      { id: '1.2.1', outcome: 'failure', status: null, comment: reason('1.2.1') },
      { id: '1.2.2', outcome: 'failure', status: null, comment: reason('1.2.2') },
      { id: '1.2.3', outcome: 'success', status: 0 },
    ])
    expect(peer.messages).toHaveLength(1)
  })
})

describe('a peer that takes another transfer syntax', () => {
  const implicit = '1.2.840.10008.1.2'
  const onlyImplicit: Behaviour = {
    context: ({ transferSyntaxes: [first, ...more] }) => ({
      result: first === implicit || more.includes(implicit) ? 0 : 4,
      transferSyntax: implicit,
    }),
  }
  /** (0008,0060) CS [CT] and (0009,1001) OB, explicit and implicit. */
  const explicitly = '08006000435302004354' + '090001104f4200000200000007ff'
  const implicitly = '08006000020000004354' + '090001100200000007ff'

  test('gets it so, in PDUs as long as it takes, and the result says so', async () => {
    for (const maxPduLength of [0, 8, 16]) {
      const peer = await peerThat({ ...onlyImplicit, maxPduLength })
      const instances = [outgoing('1', Buffer.from(explicitly, 'hex'), { chunk: 3 }), outgoing('2', bytes(0))]
      expect(await sendInstances({ ...peer, instances })).toMatchObject([
        { outcome: 'success', transferSyntaxUid: implicit },
        { outcome: 'failure' },
      ])
      expect(peer.messages.map(({ dataset }) => dataset.toString('hex'))).toEqual([implicitly])
      if (maxPduLength > 0)
        expect(Math.max(...pduLengths(Buffer.concat(peer.wire), 4))).toBeLessThanOrEqual(maxPduLength)
    }
  })

  test('never gets the whole of what cannot be converted; that fails, and the rest is for the next attempt', async () => {
    const peer = await peerThat(onlyImplicit)
    const instances = [outgoing('1', Buffer.from(explicitly.slice(0, -2), 'hex')), outgoing('2', bytes(10))]
    expect(await sendInstances({ ...peer, instances })).toMatchObject([
      { outcome: 'failure', comment: 'the data set cannot be converted: it ends inside a value' },
      { outcome: 'notAttempted' },
    ])
    expect(peer.messages).toEqual([])
    await until(() => peer.endings.length === 1, 'the abort')
    expect(peer.endings).toEqual(['aborted'])
  })
})

describe('a data set that no peer could take', () => {
  test('is not sent, and does not keep the others', async () => {
    const peer = await peerThat()
    const instances = [outgoing('odd', bytes(11)), outgoing('empty', bytes(0)), outgoing('good', bytes(10))]
    expect(await sendInstances({ ...peer, instances })).toMatchObject([
      { id: 'odd', outcome: 'failure', comment: expect.stringMatching(/odd length of 11/) as string },
      { id: 'empty', outcome: 'failure', comment: 'the file has no data set' },
      { id: 'good', outcome: 'success' },
    ])
    expect(peer.messages).toHaveLength(1)
  })
})

import { type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { type CommandSet, encodeCommandSet } from '../../../../../core/dicom/commandSet.ts'
import { type Report } from '../../../../../core/dicom/commitment.ts'
import { dataPdu } from '../../../../../infra/dimse/dataPdu.ts'
import { requestCommitment } from '../../../../../infra/dimse/sender/commit.ts'
import { ctImage } from '../../../../support/outgoing.ts'
import { type Behaviour, type Received, response, startPeer } from '../../../../support/peer.ts'

let peer: Awaited<ReturnType<typeof startPeer>> | undefined
afterEach(() => peer?.close())
const pushModel = '1.2.840.10008.1.20.1'
const timeouts = { connectMs: 1000, associationMs: 300, responseMs: 300 }

/** An element in Explicit VR Little Endian, written by the standard and not by our code. */
const element = (group: number, number: number, vr: string, value: Buffer): Buffer => {
  const head = Buffer.alloc(vr === 'SQ' ? 12 : 8)
  head.writeUInt16LE(group, 0)
  head.writeUInt16LE(number, 2)
  head.write(vr, 4, 'latin1')
  if (vr === 'SQ') head.writeUInt32LE(value.length, 8)
  else head.writeUInt16LE(value.length, 6)
  return Buffer.concat([head, value])
}
const uid = (number: number, value: string): Buffer =>
  element(8, number, 'UI', Buffer.from(value.length % 2 === 0 ? value : `${value}\0`))
const items = (...contents: Buffer[]): Buffer =>
  Buffer.concat(
    contents.map((content) => {
      const head = Buffer.from('feff00e000000000', 'hex')
      head.writeUInt32LE(content.length, 4)
      return Buffer.concat([head, content])
    }),
  )
const reason = (value: number): Buffer => element(8, 0x1197, 'US', Buffer.from([value & 0xff, value >> 8]))
const named = (name: number): Buffer => Buffer.concat([uid(0x1150, ctImage), uid(0x1155, `1.2.${name}`)])

/** The Transaction UID that a request carries. */
const transactionOf = ({ dataset }: Received): string => {
  const length = dataset.readUInt16LE(6)
  return dataset.toString('latin1', 8, 8 + length).replace(/\0$/, '')
}
const report = (socket: Socket, transaction: string, stored: number[], failed: number[] = []): void => {
  const command: CommandSet = {
    AffectedSOPClassUID: pushModel,
    AffectedSOPInstanceUID: '1.2.840.10008.1.20.1.1',
    CommandField: 0x0100,
    MessageID: 7,
    EventTypeID: failed.length > 0 ? 2 : 1,
    CommandDataSetType: 0,
  }
  const parts = [uid(0x1195, transaction)]
  if (failed.length > 0) {
    const content = failed.map((one) => Buffer.concat([named(one), reason(0x0112)]))
    parts.push(element(8, 0x1198, 'SQ', items(...content)))
  }
  parts.push(element(8, 0x1199, 'SQ', items(...stored.map(named))))
  socket.write(dataPdu(1, encodeCommandSet(command), true, 0))
  socket.write(dataPdu(1, Buffer.concat(parts), false, 0))
}
const asking = async (behaviour: Behaviour, count = 2) => {
  peer = await startPeer(behaviour)
  const reports: Report[] = []
  const to = {
    host: '127.0.0.1',
    port: peer.port,
    calledAeTitle: 'ARCHIVE',
    callingAeTitle: 'RADDEPLOY',
    timeouts,
  }
  const instances = Array.from({ length: count }, (_, n) => ({
    sopClassUid: ctImage,
    sopInstanceUid: `1.2.${n}`,
  }))
  let asked = 0
  const uidOf = (): string => `2.25.7.${(asked += 1)}`
  const done = requestCommitment(to, instances, { waitMs: 300, uidOf }, (one) => reports.push(one))
  return { done, reports, peer }
}
/** Answers the request, then something happens. */
const then = (act: (message: Received, socket: Socket) => void): Behaviour => ({
  onMessage: (message, socket) => {
    if (message.command.CommandField !== 0x0130) return undefined
    setImmediate(() => act(message, socket))
    return response(message, 0)
  },
})

describe('storage commitment', () => {
  test('is asked for by an N-ACTION that names each instance, and reported on the same association', async () => {
    const { done, reports, peer } = await asking(
      then((message, socket) => report(socket, transactionOf(message), [0], [1])),
    )
    await done
    expect(reports).toHaveLength(1)
    expect([...reports[0]!.committed]).toEqual(['1.2.0'])
    expect([...reports[0]!.failed]).toEqual([['1.2.1', 0x0112]])
    const [request, answer] = peer.messages
    expect(request!.command).toMatchObject({
      CommandField: 0x0130,
      RequestedSOPClassUID: pushModel,
      RequestedSOPInstanceUID: '1.2.840.10008.1.20.1.1',
      ActionTypeID: 1,
    })
    const transaction = transactionOf(request!)
    expect(transaction).toBe('2.25.7.1')
    const wanted = Buffer.concat([
      uid(0x1195, transaction),
      element(8, 0x1199, 'SQ', items(named(0), named(1))),
    ])
    expect(request!.dataset.equals(wanted)).toBe(true)
    expect(answer!.command).toMatchObject({
      CommandField: 0x8100,
      MessageIDBeingRespondedTo: 7,
      EventTypeID: 2,
      Status: 0,
    })
    expect(peer.endings).toEqual(['released'])
  })

  test('of many instances takes several transactions', async () => {
    const { done, reports } = await asking(
      then((message, socket) => report(socket, transactionOf(message), [1])),
      2001,
    )
    await done
    expect(reports).toHaveLength(3)
  })

  test('does not take the report of an older transaction for its own', async () => {
    const { done, reports } = await asking(
      then((message, socket) => {
        report(socket, '2.25.1', [0, 1])
        report(socket, transactionOf(message), [0])
      }),
    )
    await done
    expect(reports.map(({ committed }) => [...committed])).toEqual([['1.2.0']])
  })

  test('that is not reported while it is waited for may be so later: the association is released', async () => {
    const { done, reports, peer } = await asking(
      then(() => undefined),
      1500,
    )
    await done
    expect(reports).toEqual([])
    expect(peer.messages.map(transactionOf)).toEqual(['2.25.7.1', '2.25.7.2'])
    expect(peer.endings).toEqual(['released', 'released'])
  })

  test.each<[string, Behaviour, string, RegExp]>([
    [
      'is refused',
      { onMessage: (message) => response(message, 0x0112) },
      'RD_DICOM_REJECTED',
      /storage commitment with 0112H/,
    ],
    [
      'is not offered',
      { context: () => ({ result: 3, transferSyntax: '' }) },
      'RD_DICOM_REJECTED',
      /does not take storage commitment/,
    ],
    [
      'is answered by something else',
      then((message, socket) =>
        socket.write(
          dataPdu(1, encodeCommandSet({ ...response(message, 0), CommandField: 0x8001 }), true, 0),
        ),
      ),
      'RD_DICOM_PROTOCOL',
      /something else than its report/,
    ],
  ])('that %s is an error that says so', async (_, behaviour, code, message) => {
    const { done, reports } = await asking(behaviour)
    await expect(done).rejects.toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error,
    )
    expect(reports).toEqual([])
  })
})

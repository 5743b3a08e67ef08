import { describe, expect, test } from 'vitest'
import { encodeCommandSet } from '../../../../../core/dicom/commandSet.ts'
import {
  Modality,
  associateRequest,
  ctContext,
  data,
  pdv,
  releaseRequest,
  store,
  storeCommand,
} from '../../../../support/modality.ts'
import { pdu } from '../../../../support/peer.ts'
import { listen, open, providerAbort } from '../../../../support/receiving.ts'

describe('a peer that breaks the protocol is aborted, and its instance given up', () => {
  const instance = data(pdv(1, 3, storeCommand(1, '1.2.3')), pdv(1, 0, Buffer.from('ab')))
  const huge = Buffer.from([4, 0, 0xff, 0xff, 0xff, 0xff])
  test.each<[string, Buffer, number]>([
    ['a release in the middle of an instance', Buffer.concat([instance, releaseRequest]), 2],
    ['a second request', Buffer.concat([instance, associateRequest()]), 2],
    [
      'a command in the middle of an instance',
      Buffer.concat([instance, data(pdv(1, 3, storeCommand(2, '1.2.4')))]),
      6,
    ],
    ['data of another context', Buffer.concat([instance, data(pdv(3, 2, Buffer.from('ab')))]), 6],
    ['data without a command', data(pdv(1, 2, Buffer.from('ab'))), 6],
    ['a context that was not accepted', data(pdv(9, 3, storeCommand(1, '1.2.3'))), 6],
    ['a PDU of four gigabytes', Buffer.concat([instance, huge]), 6],
    [
      'a value longer than its PDU',
      Buffer.concat([instance, pdu(4, Buffer.from([0, 0, 1, 0, 1, 0, 0, 0]))]),
      6,
    ],
    ['a PDU of unknown type', Buffer.concat([instance, pdu(0x42, Buffer.alloc(8))]), 2],
    ['a command set that makes no sense', data(pdv(1, 3, Buffer.from('this is no command set'))), 6],
    ['an empty command set', data(pdv(1, 3, Buffer.alloc(0))), 6],
    [
      'a command set without end',
      Buffer.concat(Array.from({ length: 3 }, () => data(pdv(1, 1, Buffer.alloc(30_000))))),
      6,
    ],
    [
      'a command set of empty pieces without end',
      Buffer.concat(Array.from({ length: 70_000 }, () => data(pdv(1, 1, Buffer.alloc(0))))),
      6,
    ],
    [
      'a command that is not served',
      data(pdv(1, 3, encodeCommandSet({ CommandField: 0x20, MessageID: 1 }))),
      6,
    ],
    [
      'a C-STORE without data set',
      data(pdv(1, 3, encodeCommandSet({ CommandField: 1, MessageID: 1, CommandDataSetType: 0x0101 }))),
      6,
    ],
  ])('%s', async (_, bytes, reason) => {
    const receiver = await listen()
    const modality = await open(receiver.port)
    modality.send(bytes)
    expect(await modality.rest()).toEqual([providerAbort(reason)])
    await receiver.done()
    expect(receiver.ends).toMatchObject([
      { how: 'aborted', reason: expect.stringMatching(/^by us: /) as string },
    ])
    expect(receiver.aborted).toHaveLength(bytes.indexOf(instance) === 0 ? 1 : 0)
    expect(receiver.stored).toEqual([])
  })

  test.each<[string, Buffer]>([
    [
      '130 contexts',
      associateRequest({
        contexts: Array.from({ length: 130 }, (_, n) => ({ ...ctContext, id: (2 * n + 1) & 0xff })),
      }),
    ],
    ['a context twice', associateRequest({ contexts: [ctContext, ctContext] })],
    ['data before a request', store(1, '1.2.3', Buffer.from('ab'))],
    ['a release before a request', releaseRequest],
    ['an accept', pdu(2, associateRequest().subarray(6))],
    ['a request that is cut', pdu(1, associateRequest().subarray(6, 120))],
    ['a web browser', Buffer.from('GET / HTTP/1.1\r\nHost: somewhere\r\n\r\n')],
    ['a TLS hello', Buffer.from('16030100050100000101', 'hex')],
    ['a long PDU', pdu(1, Buffer.alloc(300_000))],
  ])('%s, before there is an association', async (_, bytes) => {
    const receiver = await listen()
    const modality = await Modality.connect(receiver.port)
    modality.send(bytes)
    expect((await modality.rest()).map(({ type }) => type)).toEqual([7])
    await receiver.done()
    expect(receiver.ends).toEqual([])
  })
})

import { describe, expect, test } from 'vitest'
import { encodeCommandSet } from '../../../../core/dicom/commandSet.ts'
import {
  Modality,
  associateRequest,
  data,
  implicit,
  pdv,
  store,
  storeCommand,
  verification,
} from '../../../support/modality.ts'
import { until } from '../../../support/until.ts'
import { released, start, tls, trusting } from '../../../support/ward.ts'

describe('an instance that is larger than its AE title takes', () => {
  test('is read and refused, and what comes after it is not', async () => {
    const { port, of, objects } = await start({
      maxInstanceBytes: 1024,
      entities: [{ aeTitle: 'RADDEPLOY', maxInstanceBytes: 100_000 }, { aeTitle: 'SMALL' }],
    })
    for (const [called, size, status] of [
      ['RADDEPLOY', 100_000, 0xc000],
      ['RADDEPLOY', 100_001, 0xa700],
      ['RADDEPLOY', 500_000, 0xa700],
      ['SMALL', 1025, 0xa700],
    ] as const) {
      const modality = await Modality.associate(port, { called })
      await modality.next()
      modality.send(store(1, '1.2.3', Buffer.alloc(size)))
      expect((await modality.response()).Status).toBe(status)
      modality.send(store(2, '1.2.4', Buffer.alloc(500)))
      expect((await modality.response()).Status).toBe(0xc000)
      await released(modality)
    }
    expect(of('InstanceRefused')[2]!.data).toMatchObject({
      ...{ sopInstanceUid: '1.2.3', status: 0xa700, code: 'RD_DICOM_TOO_LARGE' },
      reason: 'an instance may have 100000 bytes at most',
    })
    expect(of('AssociationClosed').map(({ data }) => data.refused)).toEqual([2, 2, 2, 2])
    expect(objects.size).toBe(0)
  })
})

describe('a peer that is slow on purpose', () => {
  const hello = Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])
  test.each([
    ['in the open', associateRequest().subarray(0, 20), undefined],
    ['in the middle of a handshake', hello, undefined],
    ['by TLS', associateRequest().subarray(0, 20), trusting],
    ['not at all', Buffer.alloc(0), undefined],
  ])('loses its connection before it has asked: %s', async (_, beginning, secure) => {
    const { port } = await start({ artimSeconds: 0.4, tls })
    const began = performance.now()
    const modality = await Modality.connect(port, secure)
    modality.send(beginning)
    const drip = setInterval(() => beginning.length > 0 && modality.send(Buffer.from([0])), 30)
    expect(await modality.rest()).toEqual([])
    clearInterval(drip)
    expect(performance.now() - began).toBeLessThan(2000)
  })

  test.each([
    ['as one PDU', () => Buffer.from([0])],
    ['as PDUs of a byte each', () => data(pdv(1, 0, Buffer.from([0])))],
  ])('is not waited for when an instance trickles, %s', async (_, next) => {
    const { port, of } = await start({ entities: [{ aeTitle: 'RADDEPLOY', idleSeconds: 0.3 }] })
    const modality = await Modality.associate(port)
    await modality.next()
    const began = performance.now()
    modality.send(data(pdv(1, 3, storeCommand(1, '1.2.3'))))
    if (next().length === 1) modality.send(data(pdv(1, 2, Buffer.alloc(1000))).subarray(0, 20))
    const drip = setInterval(() => modality.send(next()), 50)
    await modality.rest()
    clearInterval(drip)
    expect(performance.now() - began).toBeGreaterThan(500)
    expect(performance.now() - began).toBeLessThan(3000)
    await until(() => of('AssociationClosed').length === 1, 'its end')
    expect(of('AssociationClosed')[0]!.data).toMatchObject({
      how: 'lost',
      reason: 'nothing, or too little, came from the peer in time',
    })
  })

  test('is not waited for when it asks and takes no answers', async () => {
    const { port, of } = await start({ idleSeconds: 0.3 })
    const contexts = [{ id: 1, abstractSyntax: verification, transferSyntaxes: [implicit] }]
    const modality = await Modality.associate(port, { contexts })
    await modality.next()
    modality.socket.pause()
    const command = { AffectedSOPClassUID: verification, CommandField: 0x30, MessageID: 7 }
    const echo = data(pdv(1, 3, encodeCommandSet({ ...command, CommandDataSetType: 0x0101 })))
    const echoes = Buffer.concat(Array.from({ length: 1000 }, () => echo))
    const asking = setInterval(() => {
      if (modality.socket.writableLength === 0) modality.socket.write(echoes)
    }, 1)
    await until(() => of('AssociationClosed').length === 1, 'its end', 20_000)
    expect(of('AssociationClosed')[0]!.data).toMatchObject({
      how: 'lost',
      reason: 'the peer took no answer in time',
    })
    clearInterval(asking)
    modality.close()
  })
})

describe('when it is stopped', () => {
  test('it takes nobody, and lets who is there end', async () => {
    const { scp, port, of } = await start({ graceSeconds: 20 })
    const modality = await Modality.associate(port)
    await modality.next()
    const closing = scp.close()
    await expect(Modality.connect(port)).rejects.toThrow('ECONNREFUSED')
    modality.send(store(1, '1.2.3', Buffer.alloc(10)))
    expect((await modality.response()).Status).toBe(0xc000)
    await released(modality)
    await closing
    expect(of('AssociationClosed')[0]!.data.how).toBe('released')
  })

  test('it breaks off who is still there after a while', async () => {
    const { scp, port, of } = await start({ graceSeconds: 0.2, tls })
    for (const secure of [undefined, trusting]) await (await Modality.associate(port, {}, secure)).next()
    await Modality.connect(port)
    await scp.close()
    expect(of('AssociationClosed').map(({ data }) => data.how)).toEqual(['lost', 'lost'])
  })
})

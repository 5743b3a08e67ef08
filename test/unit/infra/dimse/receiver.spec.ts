import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { encodeCommandSet } from '../../../../core/dicom/commandSet.ts'
import { rejections } from '../../../../infra/dimse/handler.ts'
import {
  Modality,
  ct,
  ctContext,
  data,
  explicit,
  implicit,
  item,
  pdv,
  releaseRequest,
  store,
  storeCommand,
  verification,
} from '../../../support/modality.ts'
import { listen, open, typesOf } from '../../../support/receiving.ts'

describe('an association', () => {
  test('is accepted with our own receive limit, stores, and is released', async () => {
    const receiver = await listen()
    const modality = await Modality.associate(receiver.port, { maxPduLength: 16_384 })
    const accept = await modality.next()
    expect(accept?.type).toBe(2)
    expect(accept!.body.includes(item(0x51, Buffer.from([0, 2, 0, 0])))).toBe(true)
    modality.send(store(1, '1.2.3', Buffer.from('some data')))
    expect(await modality.response()).toEqual({
      AffectedSOPClassUID: ct,
      CommandField: 0x8001,
      MessageIDBeingRespondedTo: 1,
      CommandDataSetType: 0x0101,
      Status: 0,
      AffectedSOPInstanceUID: '1.2.3',
    })
    modality.send(releaseRequest)
    expect(await typesOf(modality)).toEqual([6])
    await receiver.done()
    expect(receiver.stored).toEqual([{ uid: '1.2.3', bytes: Buffer.from('some data') }])
    expect(receiver.ends).toEqual([{ how: 'released', reason: null }])
  })

  test('may name its contexts in any order, and have 128 of them', async () => {
    const receiver = await listen()
    const contexts = Array.from({ length: 128 }, (_, n) => ({ ...ctContext, id: 255 - 2 * n }))
    const modality = await open(receiver.port, { contexts })
    modality.send(data(pdv(77, 3, storeCommand(1, '1.2.3'))), data(pdv(77, 2, Buffer.from('ab'))))
    expect((await modality.response()).Status).toBe(0)
  })

  test('is served whatever else its user information holds: windows, roles, users', async () => {
    const receiver = await listen()
    const role = Buffer.concat([Buffer.from([0, ct.length]), Buffer.from(ct), Buffer.from([1, 1])])
    const name = Buffer.from('somebody')
    const user = [
      item(0x53, Buffer.alloc(4)),
      item(0x54, role),
      item(0x55, 'VERSION'),
      item(0x56, Buffer.concat([Buffer.from([0, ct.length]), Buffer.from(ct), Buffer.from([2, 0])])),
      item(0x58, Buffer.concat([Buffer.from([1, 0, 0, name.length]), name, Buffer.from([0, 0])])),
      item(0x99, 'nobody knows this'),
    ]
    const modality = await Modality.associate(receiver.port, { user })
    const accept = await modality.next()
    expect(accept?.type).toBe(2)
    for (const type of [0x53, 0x54]) expect(accept!.body.includes(Buffer.from([type, 0, 0]))).toBe(false)
    modality.send(store(1, '1.2.3', Buffer.from('ab')))
    expect((await modality.response()).Status).toBe(0)
    modality.close()
  })

  test.each([undefined, 0, 5, 4097, 0xffffffff])(
    'is answered within a receive limit of %s',
    async (maxPduLength) => {
      const receiver = await listen()
      const modality = await open(receiver.port, { maxPduLength })
      modality.send(store(1, '1.2.3', Buffer.from('ab')))
      expect((await modality.response()).Status).toBe(0)
    },
  )

  test('is verified by C-ECHO', async () => {
    const receiver = await listen()
    const contexts = [{ id: 1, abstractSyntax: verification, transferSyntaxes: [implicit] }]
    const modality = await open(receiver.port, { contexts })
    const echo = {
      AffectedSOPClassUID: verification,
      CommandField: 0x30,
      MessageID: 7,
      CommandDataSetType: 0x0101,
    }
    modality.send(data(pdv(1, 3, encodeCommandSet(echo))))
    expect(await modality.response()).toMatchObject({
      CommandField: 0x8030,
      MessageIDBeingRespondedTo: 7,
      Status: 0,
    })
  })

  test.each([
    ['another protocol version', { protocolVersion: 2 }, [0, 1, 2, 2]],
    ['another application context', { applicationContext: '1.2.3' }, [0, 1, 1, 2]],
  ])('with %s is rejected', async (_, request, expected) => {
    const receiver = await listen()
    const modality = await Modality.associate(receiver.port, request)
    expect(await modality.rest()).toEqual([{ type: 3, body: Buffer.from(expected) }])
    expect(receiver.ends).toEqual([])
  })

  test('is rejected as its handler says, and closed', async () => {
    const receiver = await listen({ requested: () => Promise.resolve(rejections.calledAeTitle) })
    const modality = await Modality.associate(receiver.port)
    expect(await modality.rest()).toEqual([{ type: 3, body: Buffer.from([0, 1, 1, 7]) }])
    await receiver.done()
    expect(receiver.ends).toEqual([])
  })
})

describe('the data of an instance', () => {
  test('keeps its order when the first PDU holds several values and the sink is slow', async () => {
    const parts: Buffer[] = []
    const receiver = await listen({
      sink: () => ({
        write: async (bytes) => {
          const copy = Buffer.from(bytes)
          await pause(5)
          parts.push(copy)
        },
      }),
    })
    const modality = await open(receiver.port)
    const pieces = Array.from({ length: 12 }, (_, n) => Buffer.alloc(10_000, n))
    modality.send(data(pdv(1, 3, storeCommand(1, '1.2.3')), pdv(1, 0, pieces[0]!), pdv(1, 0, pieces[1]!)))
    for (const piece of pieces.slice(2, -1)) modality.send(data(pdv(1, 0, piece)))
    modality.send(data(pdv(1, 2, pieces.at(-1)!)))
    expect((await modality.response()).Status).toBe(0)
    expect(Buffer.concat(parts).equals(Buffer.concat(pieces))).toBe(true)
  })

  test('may come a byte at a time, its command in fragments, its end as an empty value', async () => {
    const receiver = await listen()
    const modality = await open(receiver.port)
    const command = storeCommand(1, '1.2.3')
    const bytes = Buffer.concat([
      data(pdv(1, 1, command.subarray(0, 30))),
      data(pdv(1, 3, command.subarray(30)), pdv(1, 0, Buffer.from('abc'))),
      data(pdv(1, 0, Buffer.from('def'))),
      data(pdv(1, 2, Buffer.alloc(0))),
    ])
    for (const byte of bytes) modality.send(Buffer.from([byte]))
    expect((await modality.response()).Status).toBe(0)
    expect(receiver.stored).toEqual([{ uid: '1.2.3', bytes: Buffer.from('abcdef') }])
  })

  test('of instances that are sent without waiting is stored and answered in order', async () => {
    const order: string[] = []
    const receiver = await listen({
      sink: (uid) => ({
        end: async () => {
          await pause(uid === '1.1' ? 60 : 5)
          order.push(uid)
          return { status: 0 }
        },
      }),
    })
    const modality = await open(receiver.port)
    modality.send(...[1, 2, 3].map((n) => store(n, `1.${n}`, Buffer.from(`data ${n}`))))
    for (const n of [1, 2, 3])
      expect(await modality.response()).toMatchObject({ MessageIDBeingRespondedTo: n, Status: 0 })
    expect(order).toEqual(['1.1', '1.2', '1.3'])
  })

  test('is taken from the wire no faster than the sink takes it', async () => {
    let taken = 0
    let letGo: () => void = () => undefined
    const held = new Promise<void>((resolve) => (letGo = resolve))
    const receiver = await listen({
      sink: () => ({
        write: async (bytes) => {
          taken += bytes.length
          await held
        },
      }),
    })
    const modality = await open(receiver.port)
    const pieces = 2000
    modality.send(data(pdv(1, 3, storeCommand(1, '1.2.3'))))
    const before = process.memoryUsage.rss()
    for (let n = 0; n < pieces; n++)
      modality.send(data(pdv(1, n === pieces - 1 ? 2 : 0, Buffer.alloc(65_536))))
    await pause(300)
    // What our client could not send lies in its own memory; what was read is a few chunks at most.
    expect(modality.socket.writableLength).toBeGreaterThan(pieces * 65_536 * 0.8)
    expect(taken).toBeLessThan(262_144)
    expect(process.memoryUsage.rss() - before).toBeLessThan(2.5 * pieces * 65_536)
    letGo()
    expect((await modality.response()).Status).toBe(0)
    expect(taken).toBe(pieces * 65_536)
  })
})

test('explicit and implicit are told to the sink as they were accepted', async () => {
  const syntaxes: string[] = []
  const receiver = await listen({
    store: ({ transferSyntaxUid }) => {
      syntaxes.push(transferSyntaxUid)
      return {
        write: () => Promise.resolve(),
        end: () => Promise.resolve({ status: 0 }),
        abort: () => Promise.resolve(),
      }
    },
  })
  const contexts = [
    { ...ctContext, id: 1 },
    { ...ctContext, id: 3, transferSyntaxes: [implicit, explicit] },
  ]
  const modality = await open(receiver.port, { contexts })
  for (const id of [3, 1]) {
    modality.send(data(pdv(id, 3, storeCommand(1, '1.2.3'))), data(pdv(id, 2, Buffer.from('ab'))))
    await modality.response()
  }
  expect(syntaxes).toEqual([implicit, explicit])
})

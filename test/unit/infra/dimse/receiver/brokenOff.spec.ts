import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { type Sink, rejections } from '../../../../../infra/dimse/handler.ts'
import {
  Modality,
  abortPdu,
  data,
  pdv,
  releaseRequest,
  store,
  storeCommand,
} from '../../../../support/modality.ts'
import { later, listen, open, providerAbort, typesOf } from '../../../../support/receiving.ts'

describe('a handler that fails', () => {
  const broken = (step: keyof Sink) => ({
    sink: (uid: string): Partial<Sink> =>
      uid === '1.1' ? { [step]: () => Promise.reject(new Error('broken')) } : {},
  })
  test.each([
    [
      'to make a sink',
      {
        sink: (uid: string) => {
          if (uid === '1.1') throw new Error('broken')
          return {}
        },
      },
    ],
    ['to write', broken('write')],
    ['to end', broken('end')],
  ])('%s costs one instance, not the association', async (_, behaviour) => {
    const receiver = await listen(behaviour)
    const modality = await open(receiver.port)
    modality.send(store(1, '1.1', Buffer.from('lost')), store(2, '1.2', Buffer.from('kept')))
    expect(await modality.response()).toMatchObject({
      MessageIDBeingRespondedTo: 1,
      Status: 0x0110,
      ErrorComment: 'the instance could not be handled',
    })
    expect(await modality.response()).toMatchObject({ MessageIDBeingRespondedTo: 2, Status: 0 })
    modality.send(releaseRequest)
    expect(await typesOf(modality)).toEqual([6])
    expect(receiver.stored.map(({ uid }) => uid)).toEqual(['1.2'])
  })

  test('when asked is an abort by us', async () => {
    const receiver = await listen({ requested: () => Promise.reject(new Error('broken')) })
    const modality = await Modality.associate(receiver.port)
    expect(await modality.rest()).toEqual([providerAbort(0)])
  })

  test('to say how it was closed gets no release, as the peer might take all for done', async () => {
    const receiver = await listen({ closed: () => Promise.reject(new Error('broken')) })
    const modality = await open(receiver.port)
    modality.send(releaseRequest)
    expect(await typesOf(modality)).toEqual([7])
    await receiver.done()
  })

  test('may say more than a comment holds', async () => {
    const comment = `Grüße ${'x'.repeat(100)}`
    const receiver = await listen({
      sink: () => ({ end: () => Promise.resolve({ status: 0xa700, comment }) }),
    })
    const modality = await open(receiver.port)
    modality.send(store(1, '1.2.3', Buffer.from('ab')))
    expect((await modality.response()).ErrorComment).toBe(`Gr??e ${'x'.repeat(58)}`)
  })
})

describe('a peer that goes', () => {
  test('by A-ABORT in the middle of an instance has aborted', async () => {
    const receiver = await listen()
    const modality = await open(receiver.port)
    modality.send(data(pdv(1, 3, storeCommand(1, '1.2.3')), pdv(1, 0, Buffer.from('ab'))), abortPdu)
    expect(await typesOf(modality)).toEqual([])
    await receiver.done()
    expect(receiver.ends).toEqual([{ how: 'aborted', reason: 'by the peer' }])
    expect(receiver.aborted).toEqual(['by the peer'])
  })

  test.each(['end', 'resetAndDestroy'] as const)('without a word (%s) is lost', async (way) => {
    const receiver = await listen()
    const modality = await open(receiver.port)
    modality.send(store(1, '1.2.3', Buffer.from('ab')))
    await modality.response()
    modality.send(data(pdv(1, 3, storeCommand(2, '1.2.4')), pdv(1, 0, Buffer.from('ab'))))
    await pause(20)
    modality.socket[way]()
    await receiver.done()
    expect(receiver.ends).toMatchObject([{ how: 'lost' }])
    expect(receiver.aborted).toHaveLength(1)
    expect(receiver.stored).toHaveLength(1)
  })

  test('while its instance is being stored leaves it stored, and is lost', async () => {
    const receiver = await listen({
      sink: () => ({
        end: async () => {
          await pause(100)
          return { status: 0 }
        },
      }),
    })
    const modality = await open(receiver.port)
    modality.send(store(1, '1.2.3', Buffer.from('ab')))
    await pause(20)
    modality.socket.resetAndDestroy()
    await receiver.done()
    expect(receiver.ends).toMatchObject([{ how: 'lost' }])
    expect(receiver.aborted).toEqual([])
  })
})

describe('a peer that is silent loses its connection', () => {
  test('after ARTIM when it does not even ask', async () => {
    const receiver = await listen({}, { artimMs: 100 })
    const modality = await Modality.connect(receiver.port)
    expect(await modality.rest()).toEqual([])
    await receiver.done()
  })

  test('after ARTIM when it asks a byte at a time', async () => {
    const receiver = await listen({}, { artimMs: 200 })
    const modality = await Modality.connect(receiver.port)
    const began = performance.now()
    const drip = setInterval(() => modality.send(Buffer.from([1])), 20)
    later(() => clearInterval(drip))
    await modality.rest()
    expect(performance.now() - began).toBeLessThan(1500)
    await receiver.done()
  })

  test('in the middle of an instance, which is given up', async () => {
    const receiver = await listen({}, { idleMs: 150 })
    const modality = await open(receiver.port)
    modality.send(data(pdv(1, 3, storeCommand(1, '1.2.3')), pdv(1, 0, Buffer.from('ab'))))
    expect(await modality.rest()).toEqual([])
    await receiver.done()
    expect(receiver.ends).toEqual([
      { how: 'lost', reason: 'nothing, or too little, came from the peer in time' },
    ])
    expect(receiver.aborted).toHaveLength(1)
  })

  test('but not while it waits for us', async () => {
    const receiver = await listen(
      { sink: () => ({ end: () => pause(400).then(() => ({ status: 0 })) }) },
      { idleMs: 100 },
    )
    const modality = await open(receiver.port)
    modality.send(store(1, '1.2.3', Buffer.from('ab')))
    expect((await modality.response()).Status).toBe(0)
  })

  test('after it was rejected and does not close', async () => {
    const receiver = await listen(
      { requested: () => Promise.resolve(rejections.localLimit) },
      { artimMs: 200 },
    )
    const modality = await Modality.associate(receiver.port)
    modality.socket.pause()
    await receiver.done()
    modality.close()
  })
})

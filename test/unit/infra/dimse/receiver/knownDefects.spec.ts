import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { type ReceiverHandler, type Sink } from '../../../../../infra/dimse/handler.ts'
import { fixture } from '../../../../support/fixture.ts'
import { type Answer, Modality, ct, item } from '../../../../support/modality.ts'
import { listen, open, providerAbort } from '../../../../support/receiving.ts'

// What dcmjs-dimse 0.3.3 does wrong, or does not do, with the bytes that show it.

const used = new Set<string>()
const bytesOf = (name: string): Buffer => {
  used.add(name)
  return fixture(name)
}

/** Sends the bytes of a fixture over a connection of their own; what comes back until it is closed. */
const exchange = async (
  name: string,
  behaviour: Parameters<typeof listen>[0] = {},
  limits: Parameters<typeof listen>[1] = {},
) => {
  const receiver = await listen(behaviour, limits)
  const modality = await Modality.connect(receiver.port)
  modality.send(bytesOf(name))
  const answers = await modality.rest()
  await receiver.done()
  return { ...receiver, answers, types: answers.map(({ type }) => type) }
}
/** Another association right after it: the process lives and serves. */
const servesOthers = async (port: number): Promise<void> => (await open(port)).close()

const released = [{ how: 'released', reason: null }]
const [accept, reject, releaseResponse, abort] = [2, 3, 6, 7]

describe('presentation contexts', () => {
  test('of which there are 130 end the association, not the process', async () => {
    const { types, ends, port } = await exchange('contexts-130')
    expect(types).toEqual([abort])
    expect(ends).toEqual([])
    await servesOthers(port)
  })

  test('of which two have the same id end the association, not the process', async () => {
    const { types, port } = await exchange('contexts-duplicate')
    expect(types).toEqual([abort])
    await servesOthers(port)
  })

  test('whose ids do not ascend keep them, and each is served as what it was proposed for', async () => {
    const { answers, stored, ends } = await exchange('contexts-descending')
    const accepted = answers[0]!.body
    const ids: number[] = []
    for (let at = 68; at + 4 <= accepted.length; at += 4 + accepted.readUInt16BE(at + 2))
      if (accepted[at] === 0x21) ids.push(accepted[at + 4]!)
    expect(ids.sort()).toEqual([1, 3, 5])
    expect(stored).toEqual([{ uid: '1.2.3', bytes: Buffer.from('abcd') }])
    expect(ends).toEqual(released)
  })
})

test('two data values in the first PDU are stored in order, though the sink is slow', async () => {
  const parts: Buffer[] = []
  const write = async (bytes: Buffer): Promise<void> => {
    const copy = Buffer.from(bytes)
    await pause(10)
    parts.push(copy)
  }
  const { ends } = await exchange('first-pdu-with-two-values', { sink: () => ({ write }) })
  expect(Buffer.concat(parts)).toEqual(Buffer.concat([1, 2, 3, 4].map((n) => Buffer.alloc(400, n))))
  expect(ends).toEqual(released)
})

test('instances that are sent without waiting are stored one after the other, each answered', async () => {
  const order: string[] = []
  const { types, ends } = await exchange('pipelined-stores', {
    sink: (uid) => ({
      end: async () => {
        await pause(uid === '1.1' ? 30 : 1)
        order.push(uid)
        return { status: 0 }
      },
    }),
  })
  expect(order).toEqual(['1.1', '1.2', '1.3'])
  expect(types).toEqual([accept, 4, 4, 4, releaseResponse])
  expect(ends).toEqual(released)
})

describe('a length is not believed', () => {
  test.each([
    ['pdu-of-4-gigabytes', [accept, abort]],
    ['value-longer-than-pdu', [accept, abort]],
    ['associate-of-4-gigabytes', [abort]],
  ])('%s', async (name, expected) => {
    const before = process.memoryUsage().arrayBuffers
    const { types, stored } = await exchange(name)
    expect(types).toEqual(expected)
    expect(stored).toEqual([])
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024)
  })
})

describe('a peer that falls silent is cut off wholly, though it keeps its own side open', () => {
  test.each([
    ['silent-in-the-request', []],
    ['silent-in-a-pdu', [{ how: 'lost' }]],
    ['silent-in-an-instance', [{ how: 'lost' }]],
  ])('%s', async (name, ends) => {
    const receiver = await listen({}, { artimMs: 150, idleMs: 150 })
    const socket = connect({ port: receiver.port, host: '127.0.0.1', allowHalfOpen: true })
    const heard = (what: 'end' | 'close') =>
      new Promise<void>((resolve) => socket.once(what, () => resolve()))
    const gone = heard('close')
    socket.on('error', () => undefined).resume()
    socket.write(bytesOf(name))
    await Promise.race([heard('end'), gone])
    // Half closed, it could still be written to for ever; closed, that is refused.
    const writing = setInterval(() => socket.write(Buffer.alloc(1000)), 5)
    await gone
    clearInterval(writing)
    await receiver.done()
    expect(receiver.ends).toMatchObject(ends)
    expect(receiver.aborted).toHaveLength(name === 'silent-in-an-instance' ? 1 : 0)
  })
})

test('a release in the middle of an instance is no release: the instance is given up', async () => {
  const { answers, ends, aborted, stored } = await exchange('release-in-mid-instance')
  expect(answers.slice(1)).toEqual([providerAbort(2)])
  expect(ends).toMatchObject([{ how: 'aborted' }])
  expect([aborted.length, stored.length]).toEqual([1, 0])
})

test('an abort in the middle of an instance gives the instance up', async () => {
  const { ends, aborted, stored } = await exchange('abort-in-mid-instance')
  expect(ends).toEqual([{ how: 'aborted', reason: 'by the peer' }])
  expect([aborted.length, stored.length]).toEqual([1, 0])
})

describe('an exception costs one instance, or one association, and never the process:', () => {
  const broken = (): never => {
    throw new Error('broken')
  }
  const firstOnly = (step: keyof Sink) => ({
    sink: (uid: string): Partial<Sink> => (uid === '1.1' ? { [step]: broken } : {}),
  })
  test.each<[string, Partial<ReceiverHandler> & { sink?: (uid: string) => Partial<Sink> }]>([
    ['when a sink is made', { sink: (uid) => (uid === '1.1' ? broken() : {}) }],
    ['when it is written to', firstOnly('write')],
    ['when it ends', firstOnly('end')],
  ])('%s', async (_, behaviour) => {
    const { types, stored, ends } = await exchange('two-stores', behaviour)
    expect(types).toEqual([accept, 4, 4, releaseResponse])
    expect(stored.map(({ uid }) => uid)).toEqual(['1.2'])
    expect(ends).toEqual(released)
  })

  test.each([
    ['when an association is asked for', { requested: broken }, [abort]],
    ['when it is closed', { closed: broken }, [accept, 4, 4, abort]],
  ])('%s', async (_, behaviour, expected) => {
    const { types, port } = await exchange('two-stores', behaviour)
    expect(types).toEqual(expected)
    const next = await Modality.connect(port)
    expect(next.socket.writable).toBe(true)
    next.close()
  })
})

describe('what the library never checks', () => {
  test.each([
    ['protocol-version-2', [0, 1, 2, 2]],
    ['other-application-context', [0, 1, 1, 2]],
  ])('%s is rejected', async (name, reason) => {
    expect((await exchange(name)).answers).toEqual([{ type: reject, body: Buffer.from(reason) }])
  })

  test('a window and roles are not agreed to: we keep to one operation at a time, and to our role', async () => {
    const { answers, ends } = await exchange('window-and-roles')
    expect(answers[0]!.type).toBe(accept)
    for (const type of [0x53, 0x54]) expect(answers[0]!.body.includes(Buffer.from([type, 0, 0]))).toBe(false)
    expect(answers[0]!.body.includes(Buffer.from(ct))).toBe(false)
    expect(ends).toEqual(released)
  })

  test.each(['max-pdu-0', 'max-pdu-5', 'max-pdu-16384'])(
    'our own receive limit is announced, and %s is kept to in answers',
    async (name) => {
      const { answers, stored } = await exchange(name)
      expect(answers[0]!.body.includes(item(0x51, Buffer.from([0, 2, 0, 0])))).toBe(true)
      expect(stored).toHaveLength(1)
      const data = answers.filter(({ type }: Answer) => type === 4)
      // A limit that nothing fits is kept as nearly as a value of two bytes keeps it.
      if (name === 'max-pdu-5') expect(Math.max(...data.map(({ body }) => body.length))).toBe(8)
      else expect(data).toHaveLength(1)
    },
  )
})

describe('what makes no sense is answered with an abort, and ends the connection', () => {
  test.each([
    ...['data-before-association', 'release-before-association', 'accept-from-the-peer'],
    ...['tls-hello', 'http-request', 'garbage'],
  ])('%s', async (name) => {
    const { types, ends, port } = await exchange(name)
    expect(types).toEqual([abort])
    expect(ends).toEqual([])
    await servesOthers(port)
  })

  test.each([
    ...['second-associate', 'release-response-from-the-peer', 'unknown-pdu-type'],
    ...['command-garbage', 'command-truncated', 'command-empty', 'command-of-unknown-field'],
    'data-on-another-context',
  ])('%s', async (name) => {
    const { types, ends, stored, port } = await exchange(name)
    expect(types).toEqual([accept, abort])
    expect(ends).toMatchObject([{ how: 'aborted', reason: expect.stringMatching(/^by us: /) as string }])
    expect(stored).toEqual([])
    await servesOthers(port)
  })
})

afterAll(() => {
  const there = readdirSync(join(import.meta.dirname, '../../../../fixtures/dimse'))
  expect([...used].sort()).toEqual(there.map((name) => name.replace(/\.hex$/, '')).sort())
})

import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { part10Header } from '../../../../core/dicom/part10.ts'
import { RadDeployError } from '../../../../core/error/error.ts'
import { type Fact, type Recorded } from '../../../../core/event/event.ts'
import { attemptDelivery } from '../../../../processors/scu/effects.ts'
import { evolve } from '../../../../processors/scu/evolve.ts'
import { type Delivery, noDelivery } from '../../../../processors/scu/state.ts'
import { an } from '../../../support/events.ts'
import { memoryStore } from '../../../support/memoryStore.ts'
import { bytes, ctImage, explicitLittleEndian } from '../../../support/outgoing.ts'
import { type Behaviour, response, startPeer } from '../../../support/peer.ts'

const secret = 'DOE^JANE cannot be stored'
let s3: ReturnType<typeof memoryStore>
let peer: Awaited<ReturnType<typeof startPeer>>
let logged: string[]
beforeEach(() => {
  s3 = memoryStore()
  logged = []
})
afterEach(() => peer.close())

const dataset = (name: string): Buffer => Buffer.concat([Buffer.from(name.padEnd(20)), bytes(40_000)])
const dicom = (name: string): Buffer =>
  Buffer.concat([
    part10Header({
      sopClassUid: ctImage,
      sopInstanceUid: `1.2.${name}`,
      transferSyntaxUid: explicitLittleEndian,
    }),
    dataset(name),
  ])
const delivery = (files: Record<string, Buffer>, destination: object = {}): Delivery => {
  const list = Object.entries(files).map(([path, content]) => ({
    path,
    object: s3.put(`out/${path}`, content),
  }))
  const manifest = s3.put('manifest', Buffer.from(JSON.stringify({ files: list })))
  const mount = { name: 'dst', manifest, files: list.length, bytes: 0 }
  const to = {
    kind: 'dimse',
    host: '127.0.0.1',
    port: peer.port,
    aeTitle: 'ARCHIVE',
    url: null,
    options: '{}',
    ...destination,
  }
  return {
    ...noDelivery,
    queued: an.deliveryQueued({ files: mount, destination: to }) as Recorded<'DeliveryQueued'>,
  }
}
const after = (before: Delivery, ...attempts: readonly Fact<'DeliveryAttempted'>[]): Delivery =>
  attempts.reduce((state, { data }) => evolve(state, an.deliveryAttempted(data)), before)
const attempt = (of: Delivery, signal = new AbortController().signal) => {
  const logger = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) })
  const timeouts = { connectMs: 500, associationMs: 500, responseMs: 300 }
  return attemptDelivery({
    store: s3.store,
    callingAeTitle: 'RADDEPLOY',
    logger,
    timeouts,
    secretOf: String,
    pseudonymKey: Buffer.from('a key of the installation'),
  })(of, signal)
}
const resultsOf = (
  fact: Fact<'DeliveryAttempted'>,
): { id: string; outcome: string; comment: string | null }[] =>
  JSON.parse(s3.objects.get(fact.data.results!.key)!.toString()) as never
const arrived = (): string[] => peer.messages.map((message) => message.command.AffectedSOPInstanceUID!)
const listening = async (behaviour: Behaviour = {}): Promise<void> => {
  peer = await startPeer(behaviour)
}

describe('an attempt at a delivery', () => {
  test('sends each file as it is stored, and says so', async () => {
    await listening()
    const fact = await attempt(delivery({ '1.dcm': dicom('1'), 'deep/2.dcm': dicom('2') }))
    expect(peer.messages.map((message) => message.dataset)).toEqual([dataset('1'), dataset('2')])
    expect(fact).toMatchObject({
      type: 'DeliveryAttempted',
      stream: 'delivery-1',
      data: { attempt: 1, succeeded: 2, warned: 0, failed: 0, notAttempted: 0, code: null, error: null },
    })
    expect(fact.data.results!.key).toMatch(/^deliveries\/delivery-1\/1-[0-9a-f-]{36}\.json$/)
    expect(resultsOf(fact)).toEqual([
      { id: '1.dcm', sopInstanceUid: '1.2.1', outcome: 'success', status: 0, comment: null },
      { id: 'deep/2.dcm', sopInstanceUid: '1.2.2', outcome: 'success', status: 0, comment: null },
    ])
    expect(s3.ranges.slice(0, 2)).toMatchObject([{ end: 16_383 }, { end: 16_383 }])
  })

  test('sends again only what is not acknowledged, and counts what was', async () => {
    let attempts = 0
    await listening({
      onMessage: (message) => {
        const name = message.command.AffectedSOPInstanceUID
        return response(message, name === '1.2.2' && attempts === 1 ? 0xa700 : name === '1.2.3' ? 0xb000 : 0)
      },
    })
    const files = delivery({ '1': dicom('1'), '2': dicom('2'), '3': dicom('3') })
    attempts = 1
    const first = await attempt(files)
    expect(first.data).toMatchObject({ succeeded: 1, warned: 1, failed: 1, notAttempted: 0, error: null })
    attempts = 2
    const second = await attempt(after(files, first))
    expect(second.data).toMatchObject({ attempt: 2, succeeded: 2, warned: 1, failed: 0, notAttempted: 0 })
    expect(arrived()).toEqual(['1.2.1', '1.2.2', '1.2.3', '1.2.2'])
    const third = await attempt(after(files, first, second))
    expect(third.data).toMatchObject({ attempt: 3, succeeded: 2, warned: 1, code: null, error: null })
    expect(peer.requests).toHaveLength(2)
  })

  test('keeps what a peer says where patients may be named: in the object store, not in events and logs', async () => {
    await listening({ onMessage: (message) => response(message, 0xc000, { ErrorComment: secret }) })
    const fact = await attempt(delivery({ '1': dicom('1') }))
    expect(fact.data).toMatchObject({ failed: 1, code: null, error: null })
    expect(resultsOf(fact)).toMatchObject([{ status: 0xc000, comment: secret }])
    expect(JSON.stringify(fact)).not.toContain('JANE')
    expect(logged.join()).not.toContain('JANE')
  })

  test('says why where the association breaks, and comes to the others next time', async () => {
    await listening({
      onMessage: (message, socket) =>
        message.command.AffectedSOPInstanceUID === '1.2.1' ? void socket.end() : response(message, 0),
    })
    const files = delivery({ '1': dicom('1'), '2': dicom('2') })
    const first = await attempt(files)
    expect(first.data).toMatchObject({
      succeeded: 0,
      notAttempted: 2,
      code: 'RD_DICOM_UNREACHABLE',
      error: 'the peer closed the connection',
    })
    const second = await attempt(after(files, first))
    expect(second.data).toMatchObject({ succeeded: 1, notAttempted: 1 })
  })

  test('leaves everything not attempted where nobody listens', async () => {
    await listening()
    const files = delivery({ '1': dicom('1'), '2': dicom('2') }, { port: 1 })
    expect((await attempt(files)).data).toMatchObject({
      succeeded: 0,
      failed: 0,
      notAttempted: 2,
      code: 'RD_DICOM_UNREACHABLE',
      error: expect.stringMatching(/127\.0\.0\.1:1 cannot be reached/) as string,
    })
  })

  test('says that a kind of destination does not exist', async () => {
    await listening()
    const fact = await attempt(delivery({ '1': dicom('1') }, { kind: 'pigeon' }))
    expect(fact.data).toMatchObject({ notAttempted: 1, code: 'RD_CONFIG_INVALID' })
  })

  test('of no files is done at once', async () => {
    await listening()
    expect((await attempt(delivery({}))).data).toMatchObject({ succeeded: 0, notAttempted: 0, error: null })
    expect(peer.requests).toEqual([])
  })

  test('that is stopped is none', async () => {
    const stop = new AbortController()
    await listening({ onMessage: () => void stop.abort() })
    await expect(attempt(delivery({ '1': dicom('1') }), stop.signal)).rejects.toThrow(/abort/)
  })
})

describe('a file', () => {
  test('that is not DICOM fails, and does not keep the others', async () => {
    await listening()
    const files = { 'log.txt': Buffer.from('done'), empty: Buffer.alloc(0), '1': dicom('1') }
    const fact = await attempt(delivery(files))
    expect(fact.data).toMatchObject({
      succeeded: 1,
      failed: 2,
      notAttempted: 0,
      code: 'RD_DICOM_UNREADABLE',
      error: 'not DICOM: 2 of 3 files',
    })
    expect(resultsOf(fact).slice(1)).toMatchObject([
      { id: 'log.txt', outcome: 'failure', comment: 'the file is not DICOM Part 10' },
      { id: 'empty', outcome: 'failure', comment: 'the file is not DICOM Part 10' },
    ])
  })

  test('that is not DICOM is not what an attempt says while the destination lacks others', async () => {
    await listening({ onMessage: (message) => response(message, 0xa700) })
    const fact = await attempt(delivery({ 'log.txt': Buffer.from('done'), '1': dicom('1') }))
    expect(fact.data).toMatchObject({ failed: 2, code: null, error: null })
  })

  test('that is not in the object store is not attempted, and does not keep the others', async () => {
    await listening()
    const files = delivery({ '1': dicom('1'), '2': dicom('2') })
    s3.objects.delete('out/1')
    const fact = await attempt(files)
    expect(fact.data).toMatchObject({ succeeded: 1, notAttempted: 1, code: 'RD_NOT_FOUND' })
  })

  test('whose bytes changed never reaches the peer as a whole', async () => {
    await listening()
    const files = delivery({ '1': dicom('1'), '2': dicom('2') })
    s3.objects.get('out/1')![30_000]! ^= 1
    const first = await attempt(files)
    expect(first.data).toMatchObject({ succeeded: 0, notAttempted: 2, code: 'RD_S3_CORRUPT' })
    expect(arrived()).toEqual([])
    const second = await attempt(after(files, first))
    expect(second.data).toMatchObject({ succeeded: 1, notAttempted: 1, code: 'RD_S3_CORRUPT' })
    expect(arrived()).toEqual(['1.2.2'])
  })
})

describe('the object store', () => {
  test('that lost the manifest leaves everything not attempted, and what was acknowledged stays so', async () => {
    await listening()
    const files = delivery({ '1': dicom('1'), '2': Buffer.from('no DICOM') })
    const first = await attempt(files)
    const manifest = s3.objects.get('manifest')!
    s3.objects.delete('manifest')
    const second = await attempt(after(files, first))
    expect(second.data).toMatchObject({ succeeded: 1, notAttempted: 1, code: 'RD_NOT_FOUND' })
    s3.objects.set('manifest', manifest)
    const third = await attempt(after(files, first, second))
    expect(third.data).toMatchObject({
      succeeded: 1,
      failed: 1,
      notAttempted: 0,
      code: 'RD_DICOM_UNREADABLE',
    })
    expect(arrived()).toEqual(['1.2.1'])
  })

  test('that lost the results of the last attempt makes us send everything again', async () => {
    await listening()
    const files = delivery({ '1': dicom('1') })
    const first = await attempt(files)
    s3.objects.set(first.data.results!.key, Buffer.from('[]'))
    const second = await attempt(after(files, first))
    expect(second.data).toMatchObject({ succeeded: 1, code: 'RD_S3_CORRUPT' })
    expect(arrived()).toEqual(['1.2.1', '1.2.1'])
  })

  test('that takes no results makes an attempt that says so, and what was kept before still counts', async () => {
    await listening({
      onMessage: (message) =>
        response(
          message,
          message.command.AffectedSOPInstanceUID === '1.2.2' && peer.requests.length < 3 ? 0xa700 : 0,
        ),
    })
    const files = delivery({ '1': dicom('1'), '2': dicom('2') })
    const first = await attempt(files)
    const { putJson } = s3.store
    s3.store.putJson = () => Promise.reject(new RadDeployError('RD_S3_UNAVAILABLE', 'the disk is full'))
    const second = await attempt(after(files, first))
    expect(second.data).toMatchObject({
      attempt: 2,
      succeeded: 1,
      failed: 1,
      results: null,
      code: 'RD_S3_UNAVAILABLE',
      error: 'the disk is full',
    })
    s3.store.putJson = putJson
    const third = await attempt(after(files, first, second))
    expect(third.data).toMatchObject({ attempt: 3, succeeded: 2, failed: 0, code: null })
    expect(arrived()).toEqual(['1.2.1', '1.2.2', '1.2.2', '1.2.2'])
  })

  test('that is away makes it no attempt at all', async () => {
    await listening()
    const files = delivery({ '1': dicom('1') })
    s3.goAway()
    await expect(attempt(files)).rejects.toThrow(
      expect.objectContaining({ code: 'RD_S3_UNAVAILABLE' }) as Error,
    )
    expect(peer.requests).toEqual([])
  })
})

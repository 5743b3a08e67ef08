import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { RadDeployError } from '../../../core/error/error.ts'
import { type Emit } from '../../../infra/kafka/emitter.ts'
import { ObjectStore } from '../../../infra/s3/store.ts'
import { scpConfigSchema } from '../../../producers/scp/config.ts'
import { type Scp, startScp } from '../../../producers/scp/index.ts'
import { makeFile, newUid, readDicomFile } from '../../support/dicomFiles.ts'
import {
  Modality,
  ctContext,
  data,
  pdv,
  releaseRequest,
  store,
  storeCommand,
} from '../../support/modality.ts'
import { type System, startSystem } from '../../support/system.ts'
import { type TcpProxy, startTcpProxy } from '../../support/tcpProxy.ts'

const endpoints = inject('endpoints')
const storeDeadlineMs = 700
let folder: string
let system: System
let proxy: TcpProxy
let objects: ObjectStore
let scp: Scp
let kafkaIsUp = true

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raddeploy-sent-'))
  system = await startSystem(endpoints, ['collector'])
  proxy = await startTcpProxy(Number(new URL(endpoints.s3.endpoint).port))
  objects = new ObjectStore({ ...endpoints.s3, endpoint: `http://127.0.0.1:${proxy.port}` })
  const toKafka = system.connections.emitAs('scp')
  const emit: Emit = (fact, cause) =>
    kafkaIsUp
      ? toKafka(fact, cause)
      : Promise.reject(new RadDeployError('RD_KAFKA_UNAVAILABLE', 'Kafka did not acknowledge in time'))
  scp = await startScp(scpConfigSchema.parse({ name: 'test', host: '127.0.0.1', port: 0 }), {
    store: objects,
    emit,
    pseudonymKey: Buffer.from('key'),
    logger: pino({ level: 'silent' }),
    storeDeadlineMs,
  })
})
beforeEach(() => {
  proxy.set('up')
  kafkaIsUp = true
})
afterAll(async () => {
  await scp.close(0)
  objects.close()
  await proxy.close()
  await system.stop()
  await rm(folder, { recursive: true })
})

const instance = async (side = 16) =>
  readDicomFile((await makeFile(folder, { kind: 'ct', studyUid: newUid(), side })).path)
const associate = async (): Promise<Modality> => {
  const modality = await Modality.associate(scp.port, { contexts: [ctContext] })
  expect((await modality.next())?.type).toBe(2)
  return modality
}

const refusedByUs = { complete: false, reason: '1 instance was refused by us (out of resources)' }

describe('an instance that the object store does not take is refused in good time', () => {
  test.each(['down', 'silent'] as const)(
    'when the store is %s; the next is stored when it is up again',
    async (state) => {
      const modality = await associate()
      const [first, second, third] = [await instance(), await instance(), await instance()]
      modality.send(store(1, first.sopInstanceUid, first.dataset))
      expect((await modality.response()).Status).toBe(0)

      proxy.set(state)
      const began = performance.now()
      modality.send(store(2, second.sopInstanceUid, second.dataset))
      const refused = await modality.response()
      expect(refused).toMatchObject({ MessageIDBeingRespondedTo: 2, Status: 0xa700 })
      expect(refused.ErrorComment).toMatch(/^RD_S3_UNAVAILABLE: /)
      expect(performance.now() - began).toBeLessThan(storeDeadlineMs + 3000)
      const event = await system.event(
        'InstanceRefused',
        (one) => one.data.sopInstanceUid === second.sopInstanceUid,
      )
      expect(event.data).toMatchObject({ ordinal: 2, status: 0xa700, code: 'RD_S3_UNAVAILABLE' })

      proxy.set('up')
      modality.send(store(3, third.sopInstanceUid, third.dataset))
      expect((await modality.response()).Status).toBe(0)
      modality.send(releaseRequest)
      expect((await modality.rest()).map(({ type }) => type)).toEqual([6])
      const closed = await system.event('AssociationClosed', (one) => one.stream === event.stream)
      expect(closed.data).toMatchObject({ how: 'released', stored: 2, refused: 1 })
      const bundle = await system.event('BundleClosed', (one) => one.stream === event.stream)
      expect(bundle.data).toMatchObject({ ...refusedByUs, instances: 2 })
    },
  )

  test('when the store falls silent in the middle of a large instance', async () => {
    const modality = await associate()
    const { sopInstanceUid, dataset } = await instance(4096)
    modality.send(data(pdv(1, 3, storeCommand(1, sopInstanceUid))))
    proxy.set('silent')
    for (let at = 0; at < dataset.length; at += 65_536) {
      const isLast = at + 65_536 >= dataset.length
      modality.send(data(pdv(1, isLast ? 2 : 0, dataset.subarray(at, at + 65_536))))
    }
    expect(await modality.response()).toMatchObject({ Status: 0xa700 })
    modality.close()
  })
})

test('an instance that Kafka does not acknowledge is refused, and its bundle is incomplete', async () => {
  const modality = await associate()
  const { sopInstanceUid, dataset } = await instance()
  const other = await instance()
  kafkaIsUp = false
  modality.send(store(1, sopInstanceUid, dataset))
  const refused = await modality.response()
  expect(refused.Status).toBe(0xa700)
  expect(refused.ErrorComment).toMatch(/^RD_KAFKA_UNAVAILABLE: /)
  kafkaIsUp = true
  modality.send(store(2, other.sopInstanceUid, other.dataset))
  expect((await modality.response()).Status).toBe(0)
  modality.send(releaseRequest)
  const { stream } = await system.event(
    'InstanceStored',
    (one) => one.data.sopInstanceUid === other.sopInstanceUid,
  )
  const bundle = await system.event('BundleClosed', (one) => one.stream === stream)
  expect(bundle.data).toMatchObject({ ...refusedByUs, instances: 1 })
  modality.close()
})

test('an association that Kafka does not acknowledge is rejected for now', async () => {
  kafkaIsUp = false
  const modality = await Modality.associate(scp.port)
  expect(await modality.rest()).toEqual([{ type: 3, body: Buffer.from([0, 2, 3, 1]) }])
})

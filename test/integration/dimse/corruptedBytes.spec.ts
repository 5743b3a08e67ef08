import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { ObjectStore } from '../../../infra/s3/store.ts'
import { scpConfigSchema } from '../../../producers/scp/config.ts'
import { type Scp, startScp } from '../../../producers/scp/index.ts'
import { makeFile, newUid, readDicomFile } from '../../support/dicomFiles.ts'
import { Modality, ctContext, data, pdv, releaseRequest, storeCommand } from '../../support/modality.ts'
import { type System, startSystem } from '../../support/system.ts'
import { type TcpProxy, startTcpProxy } from '../../support/tcpProxy.ts'

const endpoints = inject('endpoints')
let folder: string
let system: System
let proxy: TcpProxy
let objects: ObjectStore
let scp: Scp

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raddeploy-sent-'))
  system = await startSystem(endpoints, ['collector'])
  proxy = await startTcpProxy(Number(new URL(endpoints.s3.endpoint).port))
  objects = new ObjectStore({ ...endpoints.s3, endpoint: `http://127.0.0.1:${proxy.port}` })
  scp = await startScp(scpConfigSchema.parse({ name: 'test', host: '127.0.0.1', port: 0 }), {
    store: objects,
    emit: system.connections.emitAs('scp'),
    pseudonymKey: Buffer.from('key'),
    logger: pino({ level: 'silent' }),
  })
})
afterAll(async () => {
  await scp.close(0)
  objects.close()
  await proxy.close()
  await system.stop()
  await rm(folder, { recursive: true })
})

const send = (modality: Modality, id: number, uid: string, dataset: Buffer): void => {
  modality.send(data(pdv(1, 3, storeCommand(id, uid))))
  for (let at = 0; at < dataset.length; at += 65_536)
    modality.send(data(pdv(1, at + 65_536 >= dataset.length ? 2 : 0, dataset.subarray(at, at + 65_536))))
}

test.each([
  ['in one piece', 256],
  ['in parts', 2200],
])(
  'an instance whose bytes change on their way to the store, %s, is refused and never called stored',
  async (_, side) => {
    const made = async () =>
      readDicomFile((await makeFile(folder, { kind: 'ct', studyUid: newUid(), side })).path)
    const [broken, whole] = [await made(), await made()]
    const modality = await Modality.associate(scp.port, { contexts: [ctContext] })
    expect((await modality.next())?.type).toBe(2)

    proxy.set('corrupting')
    send(modality, 1, broken.sopInstanceUid, broken.dataset)
    const refused = await modality.response()
    expect(refused).toMatchObject({ MessageIDBeingRespondedTo: 1, Status: 0xa700 })
    expect(refused.ErrorComment).toMatch(/^RD_S3_UNAVAILABLE: /)

    proxy.set('up')
    send(modality, 2, whole.sopInstanceUid, whole.dataset)
    expect((await modality.response()).Status).toBe(0)
    modality.send(releaseRequest)
    await modality.rest()

    const stored = await system.event(
      'InstanceStored',
      (one) => one.data.sopInstanceUid === whole.sopInstanceUid,
    )
    await system.event('AssociationClosed', (one) => one.stream === stored.stream)
    const said = system.events().filter((one) => one.stream === stored.stream)
    expect(said.map(({ type }) => type)).toEqual([
      ...[
        'AssociationOpened',
        'InstanceRefused',
        'InstanceStored',
        'AssociationClosed',
        'BundleClosed',
      ].slice(0, said.length),
    ])
    const bytes = await system.connections.store.read(stored.data.object)
    expect(bytes.subarray(stored.data.datasetOffset).equals(whole.dataset)).toBe(true)
  },
)

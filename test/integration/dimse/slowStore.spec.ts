import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Fact } from '../../../core/event/event.ts'
import { ObjectStore } from '../../../infra/s3/store.ts'
import { scpConfigSchema } from '../../../producers/scp/config.ts'
import { type Scp, startScp } from '../../../producers/scp/index.ts'
import { type DicomFile, makeFile, readDicomFile } from '../../support/dicomFiles.ts'
import { recorded } from '../../support/events.ts'
import {
  Modality,
  ctContext,
  data,
  pdv,
  releaseRequest,
  store,
  storeCommand,
} from '../../support/modality.ts'
import { type TcpProxy, startTcpProxy } from '../../support/tcpProxy.ts'

const megabyte = 1024 * 1024
const side = 512
/** 300 MB of pixels. */
const frames = 600
const { s3 } = inject('endpoints')
let folder: string
let proxy: TcpProxy
let objects: ObjectStore
let scp: Scp
let said: Fact[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raddeploy-sent-'))
  proxy = await startTcpProxy(Number(new URL(s3.endpoint).port))
  objects = new ObjectStore({ ...s3, endpoint: `http://127.0.0.1:${proxy.port}` })
  await objects.ensureBucket()
  scp = await startScp(scpConfigSchema.parse({ name: 'test', host: '127.0.0.1', port: 0 }), {
    store: objects,
    emit: (fact) => {
      said.push(fact)
      return Promise.resolve(recorded(fact))
    },
    pseudonymKey: Buffer.from('key'),
    logger: pino({ level: 'silent' }),
  })
})
afterAll(async () => {
  await scp.close(0)
  objects.close()
  await proxy.close()
  await rm(folder, { recursive: true })
})

/** What this process holds outside its heap: chunks and parts. */
const held = (): number => process.memoryUsage().arrayBuffers

/** Sends a file with storescu, a process of its own; how long that took, and the most that we held meanwhile. */
const sendLarge = async ({ path }: DicomFile): Promise<{ seconds: number; mostHeld: number }> => {
  const before = held()
  let mostHeld = 0
  const looking = setInterval(() => (mostHeld = Math.max(mostHeld, held() - before)), 10)
  const began = performance.now()
  const env = { ...process.env, TCP_NODELAY: '1' }
  const args = ['-xe', '-aec', 'RADDEPLOY', '127.0.0.1', String(scp.port), path]
  const [code] = (await once(spawn('storescu', args, { env, stdio: 'ignore' }), 'exit')) as [number]
  clearInterval(looking)
  expect(code).toBe(0)
  return { seconds: (performance.now() - began) / 1000, mostHeld }
}

test('a multi-frame instance of 300 MB goes through without being held, however slow the store is', async () => {
  const file = await makeFile(folder, { kind: 'enhancedCt', side, frames })
  said = []
  const { mostHeld } = await sendLarge(file)
  expect(mostHeld).toBeLessThan(120 * megabyte)

  proxy.slowDown(40 * megabyte)
  const slow = await sendLarge(file)
  proxy.slowDown(undefined)
  // Its sender had to wait: what the store did not take yet, nobody took from it.
  expect(slow.seconds).toBeGreaterThan((frames * side * side * 2) / (40 * megabyte) - 1)
  expect(slow.mostHeld).toBeLessThan(120 * megabyte)

  const stored = said.filter(({ type }) => type === 'InstanceStored') as Fact<'InstanceStored'>[]
  expect(stored.map(({ data: { sopInstanceUid } }) => sopInstanceUid)).toEqual([
    ...[file.sopInstanceUid, file.sopInstanceUid],
  ])
  const [first, second] = stored.map(({ data: { datasetSha256 } }) => datasetSha256)
  expect(first).toBe(second)
  expect(await objects.holds(stored[1]!.data.object)).toBe(true)
})

test('a store that stands still stops its sender, and lets it go on', async () => {
  const modality = await Modality.associate(scp.port, { contexts: [ctContext] })
  expect((await modality.next())?.type).toBe(2)
  const { sopInstanceUid, dataset } = await readDicomFile(
    (await makeFile(folder, { kind: 'ct', side: 7000 })).path,
  )
  proxy.slowDown(megabyte)
  const before = held()
  modality.send(data(pdv(1, 3, storeCommand(1, sopInstanceUid))))
  let sent = 0
  const sending = (async () => {
    for (let at = 0; at < dataset.length; at += 65_536) {
      const piece = data(pdv(1, at + 65_536 >= dataset.length ? 2 : 0, dataset.subarray(at, at + 65_536)))
      // The next only once the connection has taken this one.
      await new Promise((resolve) => modality.socket.write(piece, resolve))
      sent += piece.length
    }
  })()
  let last = -1
  for (let still = 0; still < 10; last = sent) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    still = sent > 0 && sent === last ? still + 1 : 0
  }
  expect(sent).toBeLessThan(dataset.length / 2)
  expect(held() - before).toBeLessThan(64 * megabyte)
  proxy.slowDown(undefined)
  await sending
  expect((await modality.response()).Status).toBe(0)
  modality.close()
})

test('200 associations at once are all served', async () => {
  const own = await readDicomFile((await makeFile(folder, { kind: 'ct', side: 512 })).path)
  said = []
  const answers = await Promise.all(
    Array.from({ length: 200 }, async () => {
      const modality = await Modality.associate(scp.port, { contexts: [ctContext] })
      const accepted = await modality.next()
      modality.send(store(1, own.sopInstanceUid, own.dataset))
      const { Status } = await modality.response()
      modality.send(releaseRequest)
      const last = (await modality.rest()).map(({ type }) => type)
      return { accepted: accepted?.type, Status, last }
    }),
  )
  expect(answers).toEqual(Array.from({ length: 200 }, () => ({ accepted: 2, Status: 0, last: [6] })))
  expect(said.filter(({ type }) => type === 'InstanceStored')).toHaveLength(200)
})

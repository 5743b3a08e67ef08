import { createHash } from 'node:crypto'
import { appendFile, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { type Recorded } from '../../core/event/event.ts'
import { freePort } from '../../infra/embedded/ports.ts'
import { raddeploy } from '../support/command.ts'
import { type Destination, startStorescp } from '../support/dcmtk.ts'
import { datasetOf, makeFile, newUid } from '../support/dicomFiles.ts'
import { storeInstances } from '../support/dicomweb.ts'
import { type Processes, processesFor } from '../support/processes.ts'
import { itemsOf, multipart, post } from '../support/stow.ts'
import { head, raw } from '../support/stowServer.ts'
import { type System, startSystem } from '../support/system.ts'
import { type TcpProxy, startTcpProxy } from '../support/tcpProxy.ts'
import { until } from '../support/until.ts'

const endpoints = inject('endpoints')
const studyUid = newUid()
const token = newUid()
const services = ['stow', 'drop', 'collector', 'fingerprinter', 'scheduler', 'scu'] as const
let folder: string
let laid: string
let proxy: TcpProxy
let destination: Destination
let system: System
let port: number
let url: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-ways-in-'))
  laid = join(folder, 'laid')
  proxy = await startTcpProxy(Number(new URL(endpoints.s3.endpoint).port))
  destination = await startStorescp('ARCHIVE')
  port = await freePort()
  url = `http://127.0.0.1:${port}`
  const tokenSha256 = createHash('sha256').update(token).digest('hex')
  const s3 = { ...endpoints.s3, endpoint: `http://127.0.0.1:${proxy.port}` }
  system = await startSystem({ ...endpoints, s3 }, services, undefined, {
    stow: { port, host: '127.0.0.1', clients: [{ name: 'WEB', tokenSha256 }], idleSeconds: 20 },
    drop: { folder: laid, quietSeconds: 0.5, longestPauseSeconds: 1 },
  })
  await system.apply(`
name: ways-in
triggers:
  - StudyInstanceUID: ['^${studyUid.replaceAll('.', '\\.')}$']
destinations:
  - { host: 127.0.0.1, port: ${destination.port}, ae_title: ARCHIVE }
`)
})
beforeEach(() => proxy.set('up'))
afterAll(async () => {
  await system.retire('ways-in')
  await system.stop()
  await destination.stop()
  await proxy.close()
  await rm(folder, { recursive: true })
})

const makeFiles = async (count: number, wanted = {}) => {
  const made = []
  for (let n = 0; n < count; n += 1) {
    const file = await makeFile(folder, { kind: 'ct', studyUid, ...wanted })
    made.push({ ...file, bytes: await readFile(file.path) })
  }
  return made
}
type Made = Awaited<ReturnType<typeof makeFiles>>
const bytesOf = (files: Made): Buffer[] => files.map(({ bytes }) => bytes)
const authorization = { Authorization: `Bearer ${token}` }

const storedOf = (uid: string) => system.event('InstanceStored', (one) => one.data.sopInstanceUid === uid)
/** Waits until files that came together have arrived at the destination; each must be what was sent. */
const arrived = async (files: Made): Promise<Recorded<'InstanceStored'>> => {
  const stored = await storedOf(files.at(-1)!.sopInstanceUid)
  const matched = await system.event('TriggerMatched', (one) => one.data.bundleId === stored.stream)
  const queued = await system.event('DeliveryQueued', (one) => one.data.runId === matched.data.runId)
  const finished = await system.event(
    'DeliveryFinished',
    (one) => one.data.deliveryId === queued.data.deliveryId,
  )
  expect(finished.data.instances).toBe(files.length)
  const received = await destination.received()
  for (const { sopInstanceUid, transferSyntaxUid, bytes } of files) {
    const { data } = await storedOf(sopInstanceUid)
    const kept = await system.connections.store.read(data.object)
    expect(kept.equals(bytes), 'the whole file is kept as it came').toBe(true)
    expect(data.datasetSha256).toBe(createHash('sha256').update(datasetOf(bytes)).digest('hex'))
    const there = received.get(sopInstanceUid)
    expect(there?.transferSyntaxUid).toBe(transferSyntaxUid)
    expect(there?.dataset.equals(datasetOf(bytes)), 'and sent as it came').toBe(true)
  }
  return stored
}
const bundleOf = (associationId: string) =>
  system.event('BundleClosed', (one) => one.data.bundleId === associationId)

describe('a study that is stored by STOW-RS', () => {
  test('with a client that is not ours runs its flow and arrives bit for bit', async () => {
    const files = [...(await makeFiles(3)), ...(await makeFiles(1, { kind: 'us', syntax: 'rle' }))]
    const answer = await storeInstances(url, bytesOf(files), { token, studyInstanceUID: studyUid })
    const dataset = JSON.parse(answer) as Parameters<typeof itemsOf>[0]
    expect(itemsOf(dataset, '00081199').map(([uid]) => uid)).toEqual(
      files.map(({ sopInstanceUid }) => sopInstanceUid),
    )
    const { data, stream } = await arrived(files)
    expect(data).toMatchObject({ calling: { aeTitle: 'WEB', host: '127.0.0.1' }, calledAeTitle: 'RADDEPLOY' })
    const opened = await system.event('AssociationOpened', (one) => one.stream === stream)
    expect(opened.data).toMatchObject({ via: 'stow-rs', scp: `${system.config.instance}:${port}` })
  })

  test('and is broken in part says what is stored and what is not, and runs with what is', async () => {
    const [good, broken] = await makeFiles(2)
    const [other] = await makeFiles(1, { studyUid: newUid() })
    const body = multipart([
      broken!.bytes.subarray(0, -5),
      other!.bytes,
      good!.bytes,
      Buffer.from('no DICOM'),
    ])
    const answer = await post(`${url}/studies/${studyUid}`, body, authorization)
    expect(answer.status).toBe(202)
    expect(itemsOf(answer.dataset, '00081199')).toEqual([[good!.sopInstanceUid, undefined]])
    expect(itemsOf(answer.dataset, '00081198')).toEqual([
      [broken!.sopInstanceUid, 0xc000],
      [other!.sopInstanceUid, 0xa900],
    ])
    expect(itemsOf(answer.dataset, '0008119A')).toEqual([[undefined, 0xc000]])
    await arrived([good!])
  })

  test('when the object store is away is refused for now, and stored when it is sent again', async () => {
    const files = await makeFiles(2)
    proxy.set('down')
    const refused = await post(`${url}/studies`, multipart(bytesOf(files)), authorization)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '30'])
    const refusal = await system.event(
      'InstanceRefused',
      (one) => one.data.sopInstanceUid === files[0]!.sopInstanceUid,
    )
    expect(refusal.data).toMatchObject({ status: 0xa700, code: 'RD_S3_UNAVAILABLE' })
    proxy.set('up')
    expect((await post(`${url}/studies`, multipart(bytesOf(files)), authorization)).status).toBe(200)
    await arrived(files)
  })

  test('of which the connection breaks off is lost, and what came of it runs nothing', async () => {
    const files = await makeFiles(2)
    const body = multipart(bytesOf(files))
    const header = head(body.length, `Authorization: Bearer ${token}\r\n`)
    const { socket } = raw(port, header, body.subarray(0, -100))
    const stored = await storedOf(files[0]!.sopInstanceUid)
    socket.resetAndDestroy()
    const closed = await system.event('AssociationClosed', (one) => one.stream === stored.stream)
    expect(closed.data).toMatchObject({ how: 'lost', stored: 1, reason: 'the connection was lost' })
    expect((await bundleOf(stored.stream)).data).toMatchObject({
      ...{ complete: false, instances: 1, reason: 'association lost' },
    })
  })

  test('by who shows a wrong token is refused, and the log says so without it', async () => {
    const [file] = await makeFiles(1)
    const wrong = newUid()
    await expect(storeInstances(url, [file!.bytes], { token: wrong })).rejects.toMatchObject({ status: 401 })
    const refused = await system.event('AssociationRefused')
    expect(refused.data).toMatchObject({
      ...{ via: 'stow-rs', calledAeTitle: 'RADDEPLOY', result: 0, source: 0, diagnostic: 401 },
      ...{ calling: { aeTitle: '', host: '127.0.0.1' }, reason: 'the bearer token is of no client' },
    })
    const log = JSON.stringify(system.events().map(({ data }) => data))
    expect([log.includes(wrong), log.includes(token)]).toEqual([false, false])
  })

  test('by raddeploy send is one association', async () => {
    const study = join(folder, 'study')
    const files = await makeFiles(2)
    await mkdir(study)
    for (const { path } of files) await rename(path, join(study, basename(path)))
    const tokenFile = join(folder, 'token')
    await writeFile(tokenFile, `${token}\n`)
    const { exitCode, stdout, stderr } = await raddeploy(
      ['send', study, '--stow', url, '--token-file', tokenFile],
      { RADDEPLOY_HOME: folder },
    )
    expect({ exitCode, stdout }, stderr).toEqual({
      exitCode: 0,
      stdout: `2 of 2 files were acknowledged by ${url}/studies`,
    })
    await arrived(files)
  })
})

describe('files that are laid into the drop folder', () => {
  /** Every file there that is not hidden. */
  const left = async (): Promise<string[]> => (await readdir(laid)).filter((name) => !name.startsWith('.'))

  test('slowly are taken when they are whole, as one association, and arrive bit for bit', async () => {
    const files = await makeFiles(2, { side: 256 })
    for (const [index, { bytes }] of files.entries()) {
      const step = Math.ceil(bytes.length / 20)
      for (let at = 0; at < bytes.length; at += step) {
        await appendFile(join(laid, `${index}.dcm`), bytes.subarray(at, at + step))
        await pause(50)
      }
    }
    const { data, stream } = await arrived(files)
    expect(data).toMatchObject({ calling: { aeTitle: 'FOLDER', host: '127.0.0.1' } })
    await until(async () => (await readdir(join(laid, '.taken', stream))).length === 2)
    expect((await readFile(join(laid, '.taken', stream, '0.dcm'))).equals(files[0]!.bytes)).toBe(true)
    expect(await left()).toEqual([])
  })

  test('and are no DICOM are put aside with the reason', async () => {
    const files = await makeFiles(1)
    await writeFile(join(laid, 'notes.txt'), 'no DICOM')
    await writeFile(join(laid, 'image.dcm'), files[0]!.bytes)
    const { stream } = await arrived(files)
    const reason = join(laid, '.refused', stream, 'notes.txt.txt')
    await until(async () => (await readFile(reason, 'utf8').catch(() => '')).endsWith('\n'))
    expect(await readFile(reason, 'utf8')).toBe(
      'C000H cannot understand\nRD_DICOM_UNREADABLE: the file is not DICOM Part 10\n',
    )
    expect(await readFile(join(laid, '.refused', stream, 'notes.txt'), 'utf8')).toBe('no DICOM')
    await until(async () => (await left()).length === 0)
  })

  test('when the object store is away wait for it, and are whole then', async () => {
    const files = await makeFiles(3)
    proxy.set('down')
    for (const [index, { bytes }] of files.entries()) await writeFile(join(laid, `${index}`), bytes)
    const refused = await system.event('InstanceRefused', ({ data }) =>
      files.some(({ sopInstanceUid }) => sopInstanceUid === data.sopInstanceUid),
    )
    const closed = await system.event('AssociationClosed', (one) => one.stream === refused.stream)
    expect(closed.data).toMatchObject({ how: 'aborted', stored: 0 })
    expect((await left()).sort()).toEqual(['0', '1', '2'])
    proxy.set('up')
    await arrived(files)
    await until(async () => (await left()).length === 0)
  })
})

describe('a process that is killed in the middle of a request', () => {
  let processes: Processes
  let own: number
  beforeAll(async () => {
    own = await freePort()
    processes = await processesFor(endpoints, await freePort(), { stow: { port: own, host: '127.0.0.1' } })
  })
  afterAll(() => processes.stop())

  test('leaves an association that is closed as lost when it is started again', async () => {
    await processes.alone.stow.start()
    const files = await makeFiles(2)
    const body = multipart(bytesOf(files))
    raw(own, head(body.length), body.subarray(0, -100))
    const stored = await storedOf(files[0]!.sopInstanceUid)
    await processes.alone.stow.kill()
    await processes.alone.stow.start()
    const closed = await system.event('AssociationClosed', (one) => one.stream === stored.stream)
    expect(closed.data).toMatchObject({ how: 'lost', stored: 1 })
    expect((await bundleOf(stored.stream)).data).toMatchObject({ complete: false, instances: 1 })
    expect((await post(`http://127.0.0.1:${own}/studies`, body)).status).toBe(200)
    const again = await system.event(
      'BundleClosed',
      ({ data }) => data.complete && data.calling.aeTitle === 'LOCALHOST',
    )
    expect(again.data.instances).toBe(2)
  })
})

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import {
  type Client,
  type Destination,
  dcmsend,
  proposing,
  startStorescp,
  storescu,
} from '../support/dcmtk.ts'
import {
  type DicomFile,
  type Wanted,
  datasetOf,
  makeFile,
  newUid,
  transferSyntaxes,
} from '../support/dicomFiles.ts'
import { faithful } from '../support/push.ts'
import { type System, startSystem } from '../support/system.ts'

const studyUid = newUid()
let system: System
let destination: Destination
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raddeploy-sent-'))
  destination = await startStorescp('ARCHIVE')
  system = await startSystem(inject('endpoints'), [
    'scp',
    'collector',
    'fingerprinter',
    'scheduler',
    'dispatcher',
    'scu',
  ])
  await system.apply(`
name: routing
triggers:
  - StudyInstanceUID: ['^${studyUid.replaceAll('.', '\\.')}$']
destinations:
  - host: 127.0.0.1
    port: ${destination.port}
    ae_title: ARCHIVE
`)
})
afterAll(async () => {
  await system.retire('routing')
  await system.stop()
  await destination.stop()
  await rm(folder, { recursive: true })
})

/** Pushes files with a client in one association and waits until all were delivered. */
const pass = async (client: Client, count: number, paths: readonly string[], options: readonly string[]) => {
  const calling = `M${Math.random().toString(36).slice(2, 12)}`.toUpperCase()
  const pushed = await client({ port: system.scpPort, calling }, paths, options)
  expect(pushed.exitCode, pushed.output).toBe(0)
  const matched = await system.event('TriggerMatched', (one) => one.data.calling.aeTitle === calling)
  const queued = await system.event('DeliveryQueued', (one) => one.data.runId === matched.data.runId)
  const finished = await system.event(
    'DeliveryFinished',
    (one) => one.data.deliveryId === queued.data.deliveryId,
  )
  expect(finished.data.instances).toBe(count)
}

/** A deflated stream of odd length gets a zero byte behind it on its way (PS3.5, A.5). */
const asSent = ({ transferSyntaxUid }: DicomFile, dataset: Buffer): Buffer =>
  transferSyntaxUid === transferSyntaxes.deflated && dataset.length % 2 === 1
    ? Buffer.concat([dataset, Buffer.alloc(1)])
    : dataset

/** The data sets must be equal at all three places: the file, the object store, the destination. */
const unchanged = async (file: DicomFile): Promise<void> => {
  const sent = asSent(file, datasetOf(await readFile(file.path)))
  const stored = await system.event(
    'InstanceStored',
    (one) => one.data.sopInstanceUid === file.sopInstanceUid,
  )
  const kept = await system.connections.store.read(stored.data.object)
  expect(sameBytes(kept.subarray(stored.data.datasetOffset), sent)).toBe('the same')
  expect(stored.data).toMatchObject({
    sopClassUid: file.sopClassUid,
    transferSyntaxUid: file.transferSyntaxUid,
    object: { size: stored.data.datasetOffset + sent.length },
  })
  const arrived = (await destination.received()).get(file.sopInstanceUid)
  expect(arrived?.transferSyntaxUid).toBe(file.transferSyntaxUid)
  expect(arrived?.sopClassUid).toBe(file.sopClassUid)
  expect(sameBytes(arrived!.dataset, sent)).toBe('the same')
}

const sameBytes = (actual: Buffer, expected: Buffer): string => {
  if (actual.equals(expected)) return 'the same'
  const at = expected.findIndex((byte, index) => actual[index] !== byte)
  return `${actual.length} bytes instead of ${expected.length}, other from byte ${at} on`
}

const sorts: readonly (readonly [string, Wanted])[] = [
  ['a CT in implicit VR', { kind: 'ct', syntax: 'implicit' }],
  ['an MR in explicit VR', { kind: 'mr', syntax: 'explicit' }],
  ['a PET image in big endian', { kind: 'pt', syntax: 'bigEndian' }],
  ['an RTSTRUCT in implicit VR', { kind: 'rtstruct', syntax: 'implicit' }],
  ['an RTSTRUCT in big endian', { kind: 'rtstruct', syntax: 'bigEndian' }],
  ['a deflated RTSTRUCT', { kind: 'rtstruct', syntax: 'deflated' }],
  ['a deflated CT', { kind: 'ct', syntax: 'deflated' }],
  ['a CT in RLE', { kind: 'ct', syntax: 'rle' }],
  ['an ultrasound image in JPEG baseline', { kind: 'us', syntax: 'jpegBaseline' }],
  ['a multi-frame ultrasound in JPEG baseline', { kind: 'usMultiframe', syntax: 'jpegBaseline', frames: 5 }],
  ['a CT in lossless JPEG', { kind: 'ct', syntax: 'jpegLossless' }],
  ['an MR in JPEG-LS', { kind: 'mr', syntax: 'jpegLs' }],
  ['a CT labelled JPEG 2000', { kind: 'ct', syntax: 'jpeg2000' }],
  ['an enhanced multi-frame CT', { kind: 'enhancedCt', syntax: 'explicit', frames: 12 }],
  ['a large multi-frame ultrasound', { kind: 'usMultiframe', syntax: 'explicit', side: 512, frames: 24 }],
]

test.each(sorts)('%s arrives bit for bit', async (_, wanted) => {
  const file = await makeFile(folder, { ...wanted, studyUid })
  await pass(storescu, 1, [file.path], ['-R', proposing[wanted.syntax!]])
  await unchanged(file)
})

test('an instance of a private SOP class arrives bit for bit', async () => {
  const file = await makeFile(folder, { kind: 'private', studyUid })
  await pass(dcmsend, 1, [file.path], [])
  await unchanged(file)
})

test('a folder arrives bit for bit', async () => {
  const series = join(folder, 'series')
  const files: DicomFile[] = []
  for (let n = 0; n < 8; n++) files.push(await makeFile(series, { kind: 'ct', studyUid }))
  await pass(storescu, files.length, [series], ['+sd', '+sp', '*.dcm', '-xe'])
  for (const file of files) await unchanged(file)
})

test('everything together in one association arrives bit for bit', async () => {
  const mixed = join(folder, 'mixed')
  const files: DicomFile[] = []
  for (const wanted of [...sorts.map(([, one]) => one), { kind: 'private' } as const])
    files.push(await makeFile(mixed, { ...wanted, studyUid }))
  await pass(
    faithful,
    files.length,
    files.map(({ path }) => path),
    [],
  )
  for (const file of files) await unchanged(file)
})

test.each([
  ['undefined lengths', ['-e']],
  ['group lengths', ['+g']],
  ['padding behind the data set', ['+p', '1024', '0']],
])('a data set written with %s arrives bit for bit', async (_, options) => {
  const file = await makeFile(folder, { kind: 'rtstruct', studyUid })
  const rewritten = { ...file, path: `${file.path}.rewritten` }
  await execa('dcmconv', [...options, file.path, rewritten.path])
  expect(await readFile(rewritten.path)).not.toEqual(await readFile(file.path))
  await pass(faithful, 1, [rewritten.path], [])
  await unchanged(rewritten)
})

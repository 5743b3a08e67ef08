import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { ObjectStore } from '../../infra/s3/store.ts'
import { type Destination, startStorescp, storescu } from '../support/dcmtk.ts'
import { type DicomFile, makeFile, newUid } from '../support/dicomFiles.ts'
import { startPeer } from '../support/peer.ts'
import { type System, startSystem } from '../support/system.ts'
import { until } from '../support/until.ts'
import { startWebServer } from '../support/webServer.ts'

const token = 'only-redcap-and-we-know-this'
const rounds = 10
let system: System
let folder: string
let archive: Destination
let hanging: Awaited<ReturnType<typeof startPeer>>
let web: Awaited<ReturnType<typeof startWebServer>>
let bucket: ObjectStore

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raddeploy-kinds-'))
  const secretsFolder = join(folder, 'secrets')
  for (const name of ['secrets', 'out', 'files']) await mkdir(join(folder, name))
  const s3 = inject('endpoints').s3
  bucket = new ObjectStore({ ...s3, bucket: `kinds-${process.pid}` })
  await bucket.ensureBucket()
  for (const [name, value] of Object.entries({ REDCAP: token, ID: s3.accessKeyId, KEY: s3.secretAccessKey }))
    await writeFile(join(secretsFolder, name), `${value}\n`)
  system = await startSystem(
    inject('endpoints'),
    ['scp', 'collector', 'fingerprinter', 'scheduler', 'scu'],
    'test-kinds',
    { scu: { folders: [join(folder, 'out')], secretsFolder } },
  )
  archive = await startStorescp('ARCHIVE')
  // It takes connections, and never says a word.
  hanging = await startPeer({ onAssociate: () => undefined })
  web = await startWebServer()
})
afterAll(async () => {
  await system.stop()
  await Promise.all([archive.stop(), hanging.close(), web.close()])
  bucket.close()
  await rm(folder, { recursive: true })
})

test('results arrive at every kind of destination while one of them hangs, and no secret is on the log', async () => {
  const { s3 } = inject('endpoints')
  const studies = newUid()
  await system.apply(`
name: kinds
triggers: [{StudyInstanceUID: ['^${studies.replaceAll('.', '\\.')}\\.']}]
destinations:
  - {host: 127.0.0.1, port: ${hanging.port}, ae_title: HANGING}
  - {host: 127.0.0.1, port: ${archive.port}, ae_title: ARCHIVE}
  - {folder: '${join(folder, 'out')}', name: share}
  - {http: '${web.url}/api/', fields: {token: {secret: REDCAP}, content: file}}
  - {s3: 's3://kinds-${process.pid}/results', endpoint: '${s3.endpoint}', region: ${s3.region},
     access_key_id: {secret: ID}, secret_access_key: {secret: KEY}}
`)
  const made: DicomFile[] = []
  for (let n = 0; n < rounds; n++) {
    made.push(await makeFile(join(folder, 'files'), { kind: 'ct', studyUid: `${studies}.${n + 1}` }))
    const pushed = await storescu({ port: system.scpPort }, [made.at(-1)!.path])
    expect(pushed.exitCode, pushed.output).toBe(0)
  }
  const finished = (): string[] =>
    system.events().flatMap((one) => (one.type === 'DeliveryFinished' ? [one.stream] : []))
  await until(() => finished().length === 4 * rounds, `${4 * rounds} deliveries`, 120_000)
  // All that while, nothing came of those that hang.
  const attempts = system.events().filter((one) => one.type === 'DeliveryAttempted')
  expect(attempts).toHaveLength(4 * rounds)
  expect(hanging.sockets.size).toBe(2)

  const runs = await readdir(join(folder, 'out'))
  expect(runs).toHaveLength(rounds)
  const arrived = await archive.received()
  expect([...arrived.keys()].sort()).toEqual(made.map(({ sopInstanceUid }) => sopInstanceUid).sort())
  for (const run of runs) {
    const [name] = await readdir(join(folder, 'out', run))
    const written = await readFile(join(folder, 'out', run, name!))
    const { dataset } = arrived.get(name!.replace(/\.dcm$/, ''))!
    expect(written.subarray(-dataset.length).equals(dataset)).toBe(true)
    expect(web.seen.filter(({ body }) => body.includes(written))).toHaveLength(1)
    const parts: Buffer[] = []
    for await (const bytes of await bucket.get(`results/${run}/${name}`)) parts.push(bytes as Buffer)
    expect(Buffer.concat(parts).equals(written)).toBe(true)
  }
  expect(web.seen.every(({ body }) => body.includes(token))).toBe(true)
  const log = JSON.stringify(system.events(), (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  for (const secret of [token, s3.secretAccessKey]) expect(log).not.toContain(secret)
  expect(log).toContain('REDCAP')
}, 240_000)

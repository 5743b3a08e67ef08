import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import avro from 'avsc'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { serviceNames } from '../../app/names.ts'
import { writeHeadCt } from '../../app/demo/sampleData/write.ts'
import { transactionUid } from '../../core/delivery/transaction.ts'
import { freePort } from '../../infra/embedded/ports.ts'
import { topics } from '../../infra/kafka/topics.ts'
import {
  commandDeliveries,
  commandDestination,
  commandWorker,
  requestCancel,
} from '../../producers/commands/index.ts'
import { commandFlow } from '../../producers/flows/command.ts'
import { definitions } from '../../schemas/generated/definitions.ts'
import { storescu } from '../support/dcmtk.ts'
import { type Naturalized, readDicom } from '../support/dicom.ts'
import { makeFile, newUid, patient, readDicomFile } from '../support/dicomFiles.ts'
import { type RawRecord, readTopic } from '../support/kcat.ts'
import { response, startPeer } from '../support/peer.ts'
import { type Poison, poison } from '../support/poison.ts'
import { push } from '../support/push.ts'
import { cacheDir } from '../support/sample.ts'
import { reportCommitment } from '../support/reportCommitment.ts'
import { type System, startSystem } from '../support/system.ts'
import { caughtUp } from '../support/tables.ts'
import { busyboxImage } from '../integration/docker/busybox.ts'

const studyUid = newUid()
const image = 'raddeploy-e2e/says-all-it-sees:1'
const endpoints = inject('endpoints')
const began = Date.now()
let system: System
let folder: string
let destination: Awaited<ReturnType<typeof startPeer>>
let spoilt: readonly Poison[]
let records: readonly RawRecord[]
/** The patients that were sent: whole and in parts, in small letters. */
let traces: readonly string[]

const flow = (name: string, study: string, command: string, port = destination.port, more = ''): string => `
name: ${name}
triggers:
  - StudyInstanceUID: ['^${study.replaceAll('.', '\\.')}$']
tar_subdir: [PatientID]
models:
  - docker_kwargs:
      image: ${image}
      command: ['sh', '-c', '${command}']
    pull_before_exec: false
    input_mounts: {src: /input}
    output_mounts: {dst: /output}
    ${more}
destinations:
  - {host: 127.0.0.1, port: ${port}, ae_title: ARCHIVE}
`

/** A disk that runs full and has room again. */
const spaceRunsOut = async (): Promise<void> => {
  const disk = join(folder, 'disk')
  await mkdir(disk)
  await execa('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk])
  try {
    const { config } = system
    const space = { folders: [disk], checkSeconds: 0.05 }
    const scp = { ...config.scp, port: await freePort(), space }
    const small = await startSystem(endpoints, ['scp'], 'small', { scp })
    await writeFile(join(disk, 'full'), Buffer.alloc(1024 * 1020))
    await small.event('IntakePaused')
    await rm(join(disk, 'full'))
    await small.event('IntakeResumed')
    await small.stop()
  } finally {
    await execa('umount', [disk])
  }
}

/** The delivery that failed is asked for again, dropped, and sent elsewhere; its destination is paused and resumed. */
const deliveriesAreActedOn = async (): Promise<void> => {
  const parts = {
    ...system.connections,
    emit: system.connections.emitAs('commands'),
    by: 'test',
    reason: 'test',
  }
  const { data, at } = await system
    .event('DeliveryFailed')
    .then(({ stream }) => system.event('DeliveryQueued', (one) => one.stream === stream))
  const places = [{ deliveryId: data.deliveryId, queuedAt: at.offset }]
  await commandDeliveries({ do: 'retry' }, places, parts)
  await system.event('DeliveryReopened')
  await commandDeliveries({ do: 'drop' }, places, parts)
  await system.event('DeliveryDropped')
  const to = { ...data.destination, port: destination.port }
  await commandDeliveries({ do: 'redirect', to }, places, parts)
  await system.event('DeliveryRedirected')
  await system.event('DeliveryFinished', (one) => one.stream === data.deliveryId)
  const transaction = transactionUid({ deliveryId: data.deliveryId, attempt: 1, place: 0 }, 1)
  await reportCommitment(system.scpPort, transaction)
  await system.event('CommitmentReported')
  for (const command of ['pause', 'resume'] as const) await commandDestination(command, 'nobody', parts)
  await system.event('DestinationResumed')
}

/** Some slices of the study of the demonstration. */
const sample = async (): Promise<{ readonly files: readonly string[]; readonly header: Naturalized }> => {
  const { files } = await writeHeadCt({ outDir: join(folder, 'sample'), cacheDir, studySalt: studyUid })
  return { files: files.slice(0, 3), header: readDicom(await readFile(files[0]!)) }
}

/** Studies with a patient's name in them go all the ways there are: through, into failures, refused, put aside. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raddeploy-sent-'))
  destination = await startPeer({
    onMessage: (message) => response(message, 0x0107, { ErrorComment: `took ${patient.name}` }),
  })
  const { files: slices, header } = await sample()
  traces = tracesOf(header)
  const services = serviceNames.filter((name) => name !== 'worker')
  const scu = { backoff: { firstSeconds: 0.2, giveUpAfterHours: 1 / 3600 } }
  system = await startSystem(endpoints, services, undefined, { scu })
  const ward = await startSystem(endpoints, ['worker'], 'ward', { worker: { leaseSeconds: 5 } })
  await busyboxImage(system.connections.docker, image)
  await system.apply(`
name: finds-nobody
triggers:
  - PatientName: ['^NOBODY$']
    PatientBirthDate: ['^1900']
`)
  const says = 'cat /input/*/*; cp /input/*/* /output/'
  await system.apply(flow('says-and-goes-on', studyUid, says))
  await system.apply(flow('says-and-fails', studyUid, 'cat /input/*/* >&2; exit 3'))
  await system.apply(flow('goes-nowhere', String(header['StudyInstanceUID']), says, await freePort()))
  await system.apply(flow('gathers', studyUid, says) + 'bundle: { by: patient, quiet: 1s, deadline: 5s }')
  const never = "when: { src: [{ PatientName: ['^NOBODY$'] }] }"
  await system.apply(flow('is-skipped', studyUid, says, destination.port, never))
  await system.apply(flow('fits-nowhere', studyUid, says, destination.port, 'labels: [nowhere]'))
  await system.apply(flow('is-cancelled', studyUid, 'cat /input/*/*; sleep 600'))
  const cut = await readDicomFile((await makeFile(folder, { kind: 'ct', studyUid })).path)
  const [refused] = await push({ port: system.scpPort }, [{ ...cut, dataset: cut.dataset.subarray(0, 300) }])
  expect(refused).toMatchObject({ status: 0xc000 })
  const whole = await makeFile(folder, { kind: 'ct', studyUid })
  const other = await makeFile(folder, { kind: 'mr', studyUid: newUid() })
  for (const files of [[whole.path], [other.path], slices]) {
    const pushed = await storescu({ port: system.scpPort }, files, ['-R'])
    expect(pushed.exitCode, pushed.output).toBe(0)
  }
  spoilt = await poison(system.connections.kafka, system.connections.codec)
  const flows = { ...system.connections, emit: system.connections.emitAs('flows'), user: 'test' }
  for (const command of ['pause', 'resume', 'retire'] as const)
    await commandFlow(command, 'finds-nobody', 'it finds nobody', flows)
  const { data, meta } = await system.event('RunCreated', (one) => one.data.flowName === 'is-cancelled')
  const { correlationId } = meta
  const asking = { emit: system.connections.emitAs('commands'), by: 'test', reason: null, correlationId }
  await requestCancel(data.runId, asking)
  const unfit = await system.event('ModelUnplaceable')
  await requestCancel(unfit.data.runId, { ...asking, correlationId: unfit.meta.correlationId })
  await system.event('RunCancelled', (one) => one.data.runId === unfit.data.runId)
  await system.event('ModelSkipped')
  const worker = {
    ...system.connections,
    emit: system.connections.emitAs('commands'),
    by: 'test',
    reason: 'test',
  }
  for (const command of ['drain', 'resume'] as const) await commandWorker(command, 'ward', worker)
  await system.event('WorkerResumed')
  const stranger = await storescu({ port: system.scpPort, called: 'NOBODY' }, [whole.path], ['-R'])
  expect(stranger.exitCode).not.toBe(0)
  await system.event('AssociationRefused')
  await spaceRunsOut()
  await deliveriesAreActedOn()
  for (const type of ['BundleUnmatched', 'ModelFailed', 'RunFailed', 'DeliveryFinished'] as const)
    await system.event(type)
  for (const type of ['DeliveryFailed', 'DeadLettered', 'WorkerHeartbeat', 'RunCancelled'] as const)
    await system.event(type)
  await system.event('RunFinished', (one) => one.data.flowName === 'gathers')
  await ward.stop()
  await system.event('WorkerLeft')
  records = (await Promise.all(topics.map(({ name }) => readTopic(endpoints.kafka.brokers, name, began))))
    .flat()
    .filter((record) => !isSpoilt(record))
})
afterAll(async () => {
  for (const name of [
    'says-and-goes-on',
    'says-and-fails',
    'goes-nowhere',
    'gathers',
    'is-cancelled',
    'is-skipped',
    'fits-nowhere',
  ])
    await system.retire(name)
  await system.stop()
  await system.connections.docker.getImage(image).remove({ force: true })
  await destination.close()
  await rm(folder, { recursive: true })
})

/** True for what we have put there ourselves that is no event. */
const isSpoilt = ({ topic, partition, offset }: RawRecord): boolean =>
  spoilt.some((one) => one.topic === topic && one.partition === partition && BigInt(one.offset) === offset)

const registry = async (path: string): Promise<unknown> => {
  const answer = await fetch(`${endpoints.registry.url}${path}`)
  expect(answer.status, path).toBe(200)
  return answer.json()
}

describe('what kcat reads', () => {
  test('is every sort of event that there is', () => {
    const types = new Set(records.map(({ headers }) => headerOf(headers, 'ce_type').split('.').at(-1)))
    expect([...types].sort()).toEqual(Object.keys(definitions).sort())
  })

  test("decodes to the last byte with the registry's schema, whose name is the event's type", async () => {
    const schemas = new Map<number, avro.Type>()
    for (const { value, headers, topic, partition, offset } of records) {
      expect(value?.[0], `${topic}/${partition}@${offset}`).toBe(0)
      const id = value!.readInt32BE(1)
      if (!schemas.has(id)) {
        const { schema } = (await registry(`/schemas/ids/${id}`)) as { schema: string }
        schemas.set(id, avro.Type.forSchema(JSON.parse(schema) as avro.Schema))
      }
      const type = schemas.get(id)!
      expect(type.name).toBe(headerOf(headers, 'ce_type'))
      expect(() => type.fromBuffer(value!.subarray(5))).not.toThrow()
    }
    const subjects = (await registry('/subjects')) as string[]
    for (const type of schemas.values()) expect(subjects).toContain(type.name)
  })

  test('has the headers of CloudEvents, and its stream as its key', () => {
    for (const { key, headers } of records) {
      expect(headerOf(headers, 'ce_specversion')).toBe('1.0')
      expect(headerOf(headers, 'ce_id')).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/,
      )
      expect(headerOf(headers, 'ce_source')).toMatch(/^\/raddeploy\/./)
      expect(headerOf(headers, 'ce_time')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      expect(headerOf(headers, 'ce_subject')).toBe(key)
      expect(headerOf(headers, 'causation-id')).not.toBe('')
      expect(headerOf(headers, 'correlation-id')).not.toBe('')
      expect(headerOf(headers, 'traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/)
    }
  })
})

const tracesOf = (header: Naturalized): string[] => {
  const names = (header['PatientName'] as readonly { readonly Alphabetic: string }[]).map(
    (one) => one.Alphabetic,
  )
  const found = [...names, header['PatientID'], header['PatientBirthDate']].map(String)
  expect(found.filter((text) => text.includes('SYNTHETIC'))).toHaveLength(2)
  return [...Object.values(patient), ...patient.name.split('^'), ...found]
    .filter((text) => text !== '')
    .map((text) => text.toLowerCase())
}
const tracesIn = (text: string): string[] => traces.filter((trace) => text.toLowerCase().includes(trace))

test('no patient is in any record: not in its key, its value or its headers', async () => {
  for (const { name } of topics)
    for (const { key, value, headers, partition, offset } of await readTopic(endpoints.kafka.brokers, name)) {
      const all = `${key}\n${headers}\n${value?.toString('latin1') ?? ''}`
      expect(tracesIn(all), `${name}/${partition}@${offset}`).toEqual([])
    }
})

test('no patient is in any table', async () => {
  const { pool } = system.connections
  // The worker has left and nobody pushes: the log stands still.
  await caughtUp(pool, system.connections.source)
  const tables = await pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  expect(tables.rows.length).toBeGreaterThan(8)
  for (const { name } of tables.rows) {
    const rows = await pool.query<{ row: string }>(`select t::text as row from ${name} t`)
    for (const { row } of rows.rows) expect(tracesIn(row), name).toEqual([])
  }
})

const headerOf = (headers: string, name: string): string =>
  headers
    .split(',')
    .find((header) => header.startsWith(`${name}=`))
    ?.slice(name.length + 1) ?? ''

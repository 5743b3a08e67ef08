import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import avro from 'avsc'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { topics } from '../../infra/kafka/topics.ts'
import { storescu } from '../support/dcmtk.ts'
import { makeFile, newUid, patient, readDicomFile } from '../support/dicomFiles.ts'
import { type RawRecord, readTopic } from '../support/kcat.ts'
import { response, startPeer } from '../support/peer.ts'
import { push } from '../support/push.ts'
import { type System, startSystem } from '../support/system.ts'
import { until } from '../support/until.ts'
import { busyboxImage } from '../integration/docker/busybox.ts'

const studyUid = newUid()
const image = 'raddeploy-e2e/says-all-it-sees:1'
const endpoints = inject('endpoints')
const began = Date.now()
let system: System
let folder: string
let destination: Awaited<ReturnType<typeof startPeer>>
let records: readonly RawRecord[]

const flow = (name: string, command: string): string => `
name: ${name}
triggers:
  - StudyInstanceUID: ['^${studyUid.replaceAll('.', '\\.')}$']
tar_subdir: [PatientID]
models:
  - docker_kwargs:
      image: ${image}
      command: ['sh', '-c', '${command}']
    pull_before_exec: false
    input_mounts: {src: /input}
    output_mounts: {dst: /output}
destinations:
  - {host: 127.0.0.1, port: ${destination.port}, ae_title: ARCHIVE}
`

/** A study with a patient's name in it goes all the ways there are: through, into a failure, refused. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raddeploy-sent-'))
  destination = await startPeer({
    onMessage: (message) => response(message, 0x0107, { ErrorComment: `took ${patient.name}` }),
  })
  system = await startSystem(endpoints)
  await busyboxImage(system.connections.docker, image)
  await system.apply(`
name: finds-nobody
triggers:
  - PatientName: ['^NOBODY$']
    PatientBirthDate: ['^1900']
`)
  await system.apply(flow('says-and-goes-on', 'cat /input/*/*; cp /input/*/* /output/'))
  await system.apply(flow('says-and-fails', 'cat /input/*/* >&2; exit 3'))
  const cut = await readDicomFile((await makeFile(folder, { kind: 'ct', studyUid })).path)
  const [refused] = await push({ port: system.scpPort }, [{ ...cut, dataset: cut.dataset.subarray(0, 300) }])
  expect(refused).toMatchObject({ status: 0xc000 })
  const whole = await makeFile(folder, { kind: 'ct', studyUid })
  const pushed = await storescu({ port: system.scpPort }, [whole.path])
  expect(pushed.exitCode, pushed.output).toBe(0)
  const other = await makeFile(folder, { kind: 'mr', studyUid: newUid() })
  await storescu({ port: system.scpPort }, [other.path])
  await system.event('BundleUnmatched')
  await system.event('ModelFailed')
  await system.event('DeliveryFinished')
  await system.event('RunFailed')
  records = (
    await Promise.all(topics.map(({ name }) => readTopic(endpoints.kafka.brokers, name, began)))
  ).flat()
})
afterAll(async () => {
  await system.retire('says-and-goes-on')
  await system.retire('says-and-fails')
  await system.retire('finds-nobody')
  await system.stop()
  await system.connections.docker.getImage(image).remove({ force: true })
  await destination.close()
  await rm(folder, { recursive: true })
})

const registry = async (path: string): Promise<unknown> => {
  const answer = await fetch(`${endpoints.registry.url}${path}`)
  expect(answer.status, path).toBe(200)
  return answer.json()
}

describe('what kcat reads', () => {
  test('is every sort of event that this way has', () => {
    const types = new Set(records.map(({ headers }) => headerOf(headers, 'ce_type').split('.').at(-1)))
    expect([...types]).toEqual(
      expect.arrayContaining([
        ...['AssociationOpened', 'InstanceStored', 'InstanceRefused', 'AssociationClosed', 'BundleClosed'],
        ...[
          'TriggerMatched',
          'BundleUnmatched',
          'RunCreated',
          'ModelQueued',
          'ModelAssigned',
          'ModelStarted',
        ],
        ...['ModelFinished', 'ModelFailed', 'RunFinished', 'RunFailed', 'DeliveryQueued'],
        ...['DeliveryAttempted', 'DeliveryFinished', 'FlowDefined', 'WorkerJoined'],
      ]),
    )
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

/** The patient as a whole and in parts, in whatever case. */
const traces = [...Object.values(patient), ...patient.name.split('^')].map((text) => text.toLowerCase())
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
  const { offset, partition } = (await system.event('BundleUnmatched')).at
  await until(async () => {
    const rows = await pool.query(
      `select 1 from raddeploy.events where topic = 'raddeploy.bundles' and "offset" >= $1 and partition = $2`,
      [offset, partition],
    )
    return rows.rows.length > 0
  })
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

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type ServiceName, serviceNames } from '../../app/names.ts'
import { freePort } from '../../infra/embedded/ports.ts'
import { projections } from '../../projections/index.ts'
import { tableDigest } from '../../projections/runtime/digest.ts'
import { loadPositions } from '../../projections/runtime/positions.ts'
import { rebuild } from '../../projections/runtime/rebuild.ts'
import { liveSchema } from '../../projections/runtime/schema.ts'
import { busyboxImage } from '../integration/docker/busybox.ts'
import { makeFile } from '../support/dicomFiles.ts'
import { type Hospital, hospitalOf } from '../support/hospital.ts'
import { type Processes, startProcesses } from '../support/processes.ts'
import { type System, startSystem } from '../support/system.ts'
import { until } from '../support/until.ts'

const image = 'rd-test/slow:1'
const instances = 12
let processes: Processes
let system: System
let hospital: Hospital
let folder: string
const files: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-killed-'))
  // Only watches the log: the services are processes of their own.
  system = await startSystem(inject('endpoints'), [], 'watcher')
  const scpPort = await freePort()
  hospital = await hospitalOf({ ...system, scpPort })
  await busyboxImage(system.connections.docker, image)
  for (let i = 0; i < instances; i++) files.push((await makeFile(folder, { kind: 'mr' })).path)
  processes = await startProcesses(inject('endpoints'), scpPort)
  await system.apply(`
name: slow
triggers: [{ Modality: ['^MR$'] }]
models:
  - docker_kwargs: { image: ${image}, command: [sh, -c, "sleep 1; cp /input/* /output"] }
    pull_before_exec: false
destinations: [{ host: 127.0.0.1, port: ${hospital.destination.port}, ae_title: TPS }]
`)
})
afterAll(async () => {
  await system.retire('slow')
  await processes.stop()
  await system.connections.docker.getImage(image).remove({ force: true })
  await system.stop()
  await hospital.close()
  await rm(folder, { recursive: true, force: true })
})

/** Somewhere between the push and the delivery; printed, so that a failure can be had again. */
const moment = (): number => Math.round(Math.random() * 1800)

const idsOf = (type: string, runId: string): Set<string> =>
  new Set(
    system
      .events()
      .filter((event) => event.type === type && (event.data as { runId?: string }).runId === runId)
      .map(({ meta }) => meta.id),
  )

describe('any process may be killed at any moment and started again', () => {
  test.each(serviceNames)('%s', async (name: ServiceName) => {
    const ms = name === 'scp' ? 5 : moment()
    process.stderr.write(`killing ${name} after ${ms} ms\n`)
    const pushed = hospital.send(files)
    await pause(ms)
    await processes.kill(name)
    await processes.restart(name)
    const calling = await pushed
    const runId = await hospital.delivered(calling, 'slow', 60_000)
    for (const type of [
      'RunCreated',
      'ModelQueued',
      'ModelAssigned',
      'ModelStarted',
      'ModelFinished',
      'RunFinished',
      'DeliveryQueued',
      'DeliveryFinished',
    ])
      expect({ type, events: idsOf(type, runId).size }).toEqual({ type, events: 1 })
    expect(hospital.destination.received.size).toBe(instances)
  })

  test('and the tables say the same as a rebuild from the first offset', async () => {
    const { pool, source } = system.connections
    // With every writer gone the log stands still, and the projector can come to its end.
    await Promise.all(serviceNames.filter((name) => name !== 'projector').map((name) => processes.kill(name)))
    await until(async () => {
      const [positions, bounds] = [await loadPositions(pool, liveSchema), await source.partitions()]
      return bounds.every(
        ({ topic, partition, high }) => (positions.get(`${topic}/${partition}`) ?? 0n) >= high,
      )
    }, 'the end of the log in the tables')
    await processes.kill('projector')
    const live = await tableDigest(pool)
    await rebuild({
      pool,
      source,
      projections,
      progress: () => undefined,
      signal: AbortSignal.timeout(60_000),
    })
    expect(await tableDigest(pool)).toEqual(live)
    expect(live['runs']!.rows).toBeGreaterThanOrEqual(serviceNames.length)
  })
})

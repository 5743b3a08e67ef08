import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { freePort } from '../../infra/embedded/ports.ts'
import { label, withLabels } from '../../processors/worker/executor/name.ts'
import { projections } from '../../projections/index.ts'
import { tableDigest } from '../../projections/runtime/digest.ts'
import { loadPositions } from '../../projections/runtime/positions.ts'
import { rebuild } from '../../projections/runtime/rebuild.ts'
import { liveSchema } from '../../projections/runtime/schema.ts'
import { busyboxImage } from '../integration/docker/busybox.ts'
import { type Ending, endingOf, idsOf, overFor } from '../support/endings.ts'
import { type Hospital, hospitalOf } from '../support/hospital.ts'
import { type Process, type Processes, processesFor } from '../support/processes.ts'
import { type Scanner, type Study, scannerOf } from '../support/scanner.ts'
import { type System, startSystem } from '../support/system.ts'
import { until } from '../support/until.ts'
import { usualServices } from '../support/usualServices.ts'

const image = 'rd-test/slow:1'
const images = 12
let processes: Processes
let system: System
let hospital: Hospital
let scanner: Scanner
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-killed-'))
  // Only watches the log: the services are processes of their own.
  system = await startSystem(inject('endpoints'), [], 'watcher')
  const scpPort = await freePort()
  hospital = await hospitalOf({ ...system, scpPort })
  scanner = scannerOf(scpPort, images, folder)
  await busyboxImage(system.connections.docker, image)
  processes = await processesFor(inject('endpoints'), scpPort)
  await processes.startAll()
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

const once = [
  ...(['RunCreated', 'ModelQueued', 'ModelAssigned', 'ModelStarted', 'ModelFinished'] as const),
  ...(['RunFinished', 'DeliveryQueued', 'DeliveryFinished'] as const),
]

/** How the runs of a study ended, and the associations that brought it, when all is over and nothing is left. */
const endingsOf = async (
  study: Study,
): Promise<{ readonly runs: readonly Ending[]; readonly associations: readonly string[] }> => {
  const { runIds, closings } = await overFor(system, study.calling)
  for (const { events } of closings) expect(events).toBe(1)
  for (const uid of study.uids) expect(hospital.destination.received.has(uid)).toBe(true)
  for (const runId of runIds) {
    for (const type of once)
      expect({ type, events: idsOf(system, type, runId).size }).toEqual({ type, events: 1 })
    await until(async () => (await leftOf(runId)).length === 0, 'an engine without leftovers')
  }
  return {
    runs: await Promise.all(runIds.map((runId) => endingOf(system, runId))),
    associations: closings.map(({ how }) => how).sort(),
  }
}

/** The containers and volumes of a run that are still there. */
const leftOf = async (runId: string): Promise<readonly string[]> => {
  const { docker } = system.connections
  const filters = withLabels({ [label.run]: runId })
  const containers = await docker.listContainers({ all: true, filters })
  const { Volumes: volumes } = await docker.listVolumes({ filters })
  return [...containers.map(({ Id }) => Id), ...(volumes ?? []).map(({ Name }) => Name)]
}

describe('any process may be killed at any moment and started again', () => {
  let undisturbed: Ending
  /** How long the push, and all until the delivery, take where nothing is killed. */
  const undisturbedMs = { push: 0, all: 0 }

  test('(undisturbed, for comparison)', async () => {
    const study = await scanner.study()
    const began = performance.now()
    await study.push()
    undisturbedMs.push = performance.now() - began
    await overFor(system, study.calling)
    undisturbedMs.all = performance.now() - began
    undisturbed = (await endingsOf(study)).runs[0]!
    expect(undisturbed).toMatchObject({
      run: { status: 'finished', deliveryStatus: 'finished', inputFiles: images, outputFiles: images },
      models: [{ attempt: 1, status: 'finished' }],
      deliveries: [{ status: 'finished', files: images, succeeded: images }],
    })
  })

  /** Kills after a random while, which is printed, so that a failure can be had again. */
  const killed = async (name: string, one: Process, withinMs: number): Promise<void> => {
    const ms = Math.round(Math.random() * withinMs)
    process.stderr.write(`killing ${name} after ${ms} ms\n`)
    const study = await scanner.study()
    const disturbing = pause(ms)
      .then(() => one.kill())
      .then(() => one.start())
    await Promise.all([study.push(), disturbing])
    const { runs } = await endingsOf(study)
    // Of two associations that both came whole each is run: the scanner had not heard of the first's end.
    expect(runs).toEqual(runs.map(() => undisturbed))
  }

  test.each(usualServices)('%s', (name) =>
    killed(name, processes.alone[name], name === 'scp' ? undisturbedMs.push : undisturbedMs.all),
  )

  test('scp, half way through an association: what came is closed as lost, and all is sent again', async () => {
    const study = await scanner.study()
    let restarted: Promise<void> | undefined
    await study.pushCounting((stored) => {
      if (stored === images / 2) restarted ??= processes.alone.scp.kill().then(processes.alone.scp.start)
    })
    await restarted
    expect(await endingsOf(study)).toEqual({ runs: [undisturbed], associations: ['lost', 'released'] })
  })

  test('all of them, where they are one process', async () => {
    await Promise.all(Object.values(processes.alone).map((one) => one.stop()))
    await processes.together.start()
    await killed('up', processes.together, undisturbedMs.all)
  })

  test('and the tables say the same as a rebuild from the first offset', async () => {
    const { pool, source } = system.connections
    await processes.together.kill()
    // With every writer gone the log stands still, and the projector can come to its end.
    await processes.alone.projector.start()
    await until(async () => {
      const [positions, bounds] = [await loadPositions(pool, liveSchema), await source.partitions()]
      return bounds.every(
        ({ topic, partition, high }) => (positions.get(`${topic}/${partition}`) ?? 0n) >= high,
      )
    }, 'the end of the log in the tables')
    await processes.alone.projector.kill()
    const live = await tableDigest(pool)
    await rebuild({
      pool,
      source,
      projections,
      progress: () => undefined,
      signal: AbortSignal.timeout(60_000),
    })
    expect(await tableDigest(pool)).toEqual(live)
    expect(live['runs']!.rows).toBeGreaterThanOrEqual(usualServices.length)
  })
})

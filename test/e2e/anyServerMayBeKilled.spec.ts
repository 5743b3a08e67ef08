import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { busyboxImage } from '../integration/docker/busybox.ts'
import { type Ending, endingOf, idsOf, overFor } from '../support/endings.ts'
import { type Hospital, hospitalOf } from '../support/hospital.ts'
import { killServer, pidOf } from '../support/killServer.ts'
import { type PrivateStack, startPrivateStack } from '../support/privateStack.ts'
import { type Scanner, scannerOf } from '../support/scanner.ts'
import { type System, startSystem } from '../support/system.ts'
import { until } from '../support/until.ts'

const image = 'rd-test/slow:1'
const images = 5
let stack: PrivateStack
let system: System
let hospital: Hospital
let scanner: Scanner
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-killed-'))
  stack = await startPrivateStack()
  system = await startSystem(stack.endpoints)
  hospital = await hospitalOf(system)
  scanner = scannerOf(system.scpPort, images, folder)
  await busyboxImage(system.connections.docker, image)
  await system.apply(`
name: slow
triggers: [{ Modality: ['^MR$'] }]
models:
  - docker_kwargs: { image: ${image}, command: [sh, -c, "sleep 2; cp /input/* /output"] }
    pull_before_exec: false
destinations: [{ host: 127.0.0.1, port: ${hospital.destination.port}, ae_title: TPS }]
`)
})
afterAll(async () => {
  await system?.stop()
  await hospital?.close()
  await stack?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** What happens between push and delivery: when one of these is on the log, the server is killed. */
const moments = [
  ...(['BundleClosed', 'TriggerMatched', 'RunCreated', 'ModelQueued'] as const),
  ...(['ModelAssigned', 'ModelStarted', 'ModelFinished', 'RunFinished', 'DeliveryQueued'] as const),
]
const anyMoment = (): (typeof moments)[number] => moments[Math.floor(Math.random() * moments.length)]!

/** Pushes a study while `disturb` goes on, and gives how its run ended. */
const endingWhile = async (disturb?: (began: number) => Promise<void>): Promise<Ending> => {
  const study = await scanner.study()
  const disturbed = disturb?.(system.events().length)
  await study.push()
  await disturbed
  const { runIds, closings } = await overFor(system, study.calling, 120_000)
  expect(closings).toEqual([{ how: 'released', stored: images, events: 1 }])
  const [runId] = runIds as [string]
  for (const type of ['RunFinished', 'DeliveryFinished'] as const)
    expect({ type, events: idsOf(system, type, runId).size }).toEqual({ type, events: 1 })
  for (const uid of study.uids) expect(hospital.destination.received.has(uid)).toBe(true)
  return endingOf(system, runId)
}

describe('any server may be killed between push and delivery: it comes back by itself, and the run ends well', () => {
  let undisturbed: Ending

  test('(undisturbed, for comparison)', async () => {
    undisturbed = await endingWhile()
    expect(undisturbed).toMatchObject({
      run: { status: 'finished', deliveryStatus: 'finished', inputFiles: images, outputFiles: images },
      deliveries: [{ status: 'finished', files: images, succeeded: images }],
    })
  })

  test.each(['kafka', 'registry', 's3', 'postgres', 'docker'])('%s', async (server) => {
    // Where the machine has an engine that answers, it is used, and not ours to kill.
    const isOurs = server !== 'docker' || stack.endpoints.docker.socketPath.startsWith('/run/raddeploy-')
    const moment = anyMoment()
    process.stderr.write(`killing ${server} at ${moment}\n`)
    const before = isOurs ? pidOf(stack.setup, server) : 0
    const ending = await endingWhile(async (began) => {
      await system.event(moment, (event) => system.events().indexOf(event) >= began)
      if (isOurs) await killServer(stack.setup, server)
    })
    expect(ending).toEqual(undisturbed)
    if (isOurs) await until(() => pidOf(stack.setup, server) !== before, `a new ${server}`)
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Copies, makeCopies } from '../support/copies.ts'
import { type Destination, startStorescp, storescu } from '../support/dcmtk.ts'
import { newUid } from '../support/dicomFiles.ts'
import { type Processes, processesFor } from '../support/processes.ts'
import { acknowledgedIn } from '../support/storescuOutput.ts'
import { type System, startSystem } from '../support/system.ts'
import { until } from '../support/until.ts'

const images = 1000
const studyUid = newUid()
const services = ['scp', 'collector', 'fingerprinter', 'scheduler', 'scu'] as const
let folder: string
let destination: Destination
let system: System
let processes: Processes

const study = (name: string): Promise<Copies> =>
  makeCopies(join(folder, name), { kind: 'ct', studyUid, side: 64 }, images)

const storedOf = (calling: string): ReadonlySet<string> =>
  new Set(
    system
      .events()
      .flatMap((one) =>
        one.type === 'InstanceStored' && one.data.calling.aeTitle === calling
          ? [one.data.sopInstanceUid]
          : [],
      ),
  )

/** Waits until the run of what an AE title sent is delivered. */
const delivered = async (calling: string): Promise<void> => {
  const { data } = await system.event('RunCreated', (one) => one.data.calling.aeTitle === calling)
  await system.event('DeliveryFinished', (one) => one.data.runId === data.runId, 150_000)
}

const arrivedOf = async ({ datasets }: Copies) => {
  const received = [...(await destination.received())].filter(([uid]) => datasets.has(uid))
  for (const [uid, { dataset }] of received) expect(dataset.equals(datasets.get(uid)!), uid).toBe(true)
  return new Set(received.map(([uid]) => uid))
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-thousand-'))
  destination = await startStorescp('ARCHIVE')
  system = await startSystem(inject('endpoints'), [])
  await system.apply(`
name: passes-a-thousand
triggers: [{ StudyInstanceUID: ['^${studyUid.replaceAll('.', '\\.')}$'] }]
bundle: { incomplete: run }
destinations: [{ host: 127.0.0.1, port: ${destination.port}, ae_title: ARCHIVE }]
`)
  processes = await processesFor(inject('endpoints'), system.scpPort)
  await processes.alone.scp.start()
  await Promise.all(services.slice(1).map((name) => processes.alone[name].start()))
})
afterAll(async () => {
  await system?.retire('passes-a-thousand')
  await processes?.stop()
  await system?.stop()
  await destination?.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('of a thousand instances', () => {
  test('each one that was acknowledged arrives, bit for bit, though the SCP is killed in the middle', async () => {
    const sent = await study('scp')
    const calling = 'KILLEDSCP'
    const pushing = storescu({ port: system.scpPort, calling }, [sent.folder], ['+sd'])
    await until(() => storedOf(calling).size >= images / 3, 'a third of the instances', 150_000)
    await processes.alone.scp.kill()
    const { exitCode, output } = await pushing
    expect(exitCode).not.toBe(0)
    await processes.alone.scp.start()
    const closed = await system.event('AssociationClosed', ({ data }) => data.how === 'lost')
    await delivered(calling)
    const acknowledged = new Set([...acknowledgedIn(output)].map((name) => sent.uids.get(name)!))
    expect(acknowledged.size).toBeGreaterThanOrEqual(images / 3 - 1)
    expect(acknowledged.size).toBeLessThan(images)
    const [stored, arrived] = [storedOf(calling), await arrivedOf(sent)]
    expect([...acknowledged].filter((uid) => !arrived.has(uid))).toEqual([])
    // What was not acknowledged is not there, or on the log as stored: its answer was lost.
    expect([...arrived].filter((uid) => !stored.has(uid))).toEqual([])
    expect([...stored].filter((uid) => !arrived.has(uid))).toEqual([])
    expect(closed.data.stored).toBe(stored.size)
  })

  test('all arrive, bit for bit, though the SCU is killed in the middle', async () => {
    const sent = await study('scu')
    const there = await destination.count()
    const calling = 'KILLEDSCU'
    const { exitCode, output } = await storescu({ port: system.scpPort, calling }, [sent.folder], ['+sd'])
    expect(exitCode, output).toBe(0)
    expect(acknowledgedIn(output).size).toBe(images)
    const third = there + images / 3
    await until(async () => (await destination.count()) >= third, 'a third of the instances', 150_000)
    await processes.alone.scu.kill()
    expect(await destination.count()).toBeLessThan(there + images)
    await processes.alone.scu.start()
    await delivered(calling)
    expect((await arrivedOf(sent)).size).toBe(images)
  })
})

import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { transactionUid } from '../../core/delivery/transaction.ts'
import { freePort } from '../../infra/embedded/ports.ts'
import { makeFile, newUid } from '../support/dicomFiles.ts'
import { dcmsend } from '../support/dcmtk.ts'
import { type Listening, listening } from '../support/listening.ts'
import { type Orthanc, startOrthanc } from '../support/orthanc.ts'
import { python } from '../support/pynetdicom.ts'
import { reportCommitment } from '../support/reportCommitment.ts'
import { type System, startSystem } from '../support/system.ts'

const program = fileURLToPath(new URL('../support/committingScp.py', import.meta.url))
const services = ['scp', 'collector', 'fingerprinter', 'gatherer', 'scheduler', 'scu'] as const
const instances = 3
let folder: string
let system: System
let orthanc: Orthanc
let archive: Listening
let archivePort: number

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-commit-'))
  system = await startSystem(inject('endpoints'), services)
  orthanc = await startOrthanc('ORTHANC', { aeTitle: 'RADDEPLOY', port: system.scpPort })
  archivePort = await freePort()
  archive = await listening(archivePort, [
    await python(),
    program,
    String(archivePort),
    `later:${system.scpPort}`,
  ])
})
afterAll(async () => {
  await system?.stop()
  await orthanc?.stop()
  await archive?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Sends a study that a flow passes on to a node that is to commit itself; what became of it. */
const delivered = async (name: string, node: string) => {
  const studyUid = newUid()
  await system.apply(`
name: ${name}
triggers: [{ StudyInstanceUID: ['^${studyUid.replaceAll('.', '\\.')}$'] }]
destinations: [{ host: 127.0.0.1, ${node}, commitment: { timeout: 300s } }]
`)
  const files = []
  for (let n = 0; n < instances; n += 1)
    files.push((await makeFile(folder, { kind: 'ct', syntax: 'explicit', studyUid })).path)
  expect((await dcmsend({ port: system.scpPort }, files)).exitCode).toBe(0)
  const queued = await system.event('DeliveryQueued', ({ data }) => data.flowName === name)
  const { deliveryId } = queued.data
  const finished = await system.event('DeliveryFinished', ({ data }) => data.deliveryId === deliveryId)
  await system.retire(name)
  const of = system.events().filter(({ stream }) => stream === deliveryId)
  return { finished, of }
}

describe('a report of commitment', () => {
  test('that names a transaction of ours is on the log before it is answered', async () => {
    const deliveryId = randomUUID()
    expect(
      await reportCommitment(system.scpPort, transactionUid({ deliveryId, attempt: 3, place: 0 }, 1)),
    ).toBe('0000')
    const { data } = await system.event('CommitmentReported', ({ stream }) => stream === deliveryId)
    expect(data).toMatchObject({ attempt: 3, committed: 1, failed: 0 })
    expect(await system.connections.store.read(data.report)).toEqual(
      Buffer.from('{"committed":["1.2.3"],"failed":[]}'),
    )
  })

  test('that names another one is a processing failure', async () =>
    expect(await reportCommitment(system.scpPort, '2.25.123')).toBe('0110'))
})

describe('a delivery is finished once its destination has committed itself', () => {
  test('by Orthanc, which reports to our SCP', async () => {
    const node = `port: ${orthanc.port}, ae_title: ORTHANC`
    const { finished, of } = await delivered('to-orthanc', node)
    expect(finished.data).toMatchObject({ instances, attempts: 2 })
    const reports = of.filter(({ type }) => type === 'CommitmentReported')
    expect(reports.map(({ data }) => data)).toMatchObject([
      { attempt: 1, committed: instances, failed: 0, calling: { aeTitle: 'ORTHANC' } },
    ])
    const attempts = of.filter(({ type }) => type === 'DeliveryAttempted')
    expect(attempts.map(({ data }) => data)).toMatchObject([
      { succeeded: instances, committed: 0, error: null },
      { succeeded: instances, committed: instances, error: null },
    ])
  })

  test('by an archive that has lost one of them, which is sent again', async () => {
    const node = `port: ${archivePort}, ae_title: ARCHIVE`
    const { finished, of } = await delivered('to-archive', node)
    expect(finished.data).toMatchObject({ instances })
    const reports = of.filter(({ type }) => type === 'CommitmentReported')
    expect(reports.map(({ data }) => data)).toMatchObject([
      { committed: instances - 1, failed: 1 },
      { committed: 1, failed: 0 },
    ])
  })
})

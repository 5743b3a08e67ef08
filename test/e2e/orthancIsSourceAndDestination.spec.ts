import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { echo } from '../../infra/dimse/sender/echo.ts'
import { type DicomFile, type Wanted, datasetOf, makeFile, newUid } from '../support/dicomFiles.ts'
import { type Orthanc, startOrthanc } from '../support/orthanc.ts'
import { type System, startSystem } from '../support/system.ts'

const studyUid = newUid()
const services = ['scp', 'collector', 'fingerprinter', 'gatherer', 'scheduler', 'scu'] as const
let folder: string
let system: System
let orthanc: Orthanc

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-orthanc-'))
  system = await startSystem(inject('endpoints'), services)
  orthanc = await startOrthanc('ORTHANC', { aeTitle: 'RADDEPLOY', port: system.scpPort })
  await system.apply(`
name: back-to-orthanc
bundle: { by: study, quiet: 2s, deadline: 60s }
triggers: [{ StudyInstanceUID: ['^${studyUid.replaceAll('.', '\\.')}$'] }]
destinations: [{ host: 127.0.0.1, port: ${orthanc.port}, ae_title: ORTHANC }]
`)
})
afterAll(async () => {
  await system?.retire('back-to-orthanc')
  await system?.stop()
  await orthanc?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** A deflated data set is not among them: Orthanc inflates it when it keeps it. */
const study: readonly Wanted[] = [
  { kind: 'ct', syntax: 'explicit', side: 512 },
  { kind: 'ct', syntax: 'implicit' },
  { kind: 'ct', syntax: 'rle' },
  { kind: 'mr', syntax: 'jpegLossless' },
  { kind: 'mr', syntax: 'jpegLs' },
  { kind: 'pt', syntax: 'explicit' },
  { kind: 'us', syntax: 'jpegBaseline' },
  { kind: 'enhancedCt', syntax: 'explicit', frames: 12 },
  { kind: 'rtstruct', syntax: 'implicit' },
  { kind: 'rtstruct', syntax: 'explicit' },
  { kind: 'private', syntax: 'explicit' },
]

test('Orthanc and we verify one another by C-ECHO', async () => {
  expect(await orthanc.echo()).toBe(true)
  const us = { calledAeTitle: 'ORTHANC', callingAeTitle: 'RADDEPLOY' }
  await echo({ ...us, host: '127.0.0.1', port: orthanc.port })
})

test('a study that Orthanc sends comes back to it bit for bit, whatever is in it', async () => {
  const files = new Map<string, DicomFile>()
  for (const wanted of study) {
    const file = await makeFile(folder, { ...wanted, studyUid })
    files.set(await orthanc.upload(await readFile(file.path)), file)
  }
  const ids = [...files.keys()]
  expect(ids).toHaveLength(study.length)
  for (const id of ids) expect(await orthanc.receivedBy(id)).toMatchObject({ Origin: 'RestApi' })

  expect(await orthanc.send(ids)).toEqual({ InstancesCount: study.length, FailedInstancesCount: 0 })
  // It takes an association for each presentation context that it finds it needs, and releases each.
  const opened = system.events().filter(({ type }) => type === 'AssociationOpened')
  expect(opened.length).toBeGreaterThan(1)
  const { data: matched } = await system.event(
    'TriggerMatched',
    ({ data }) => data.calling.aeTitle === 'ORTHANC',
  )
  const finished = await system.event('DeliveryFinished', ({ data }) => data.runId === matched.runId)
  expect(finished.data.instances).toBe(study.length)

  for (const [id, file] of files) {
    const { sopInstanceUid, sopClassUid, transferSyntaxUid } = file
    const stored = await system.event('InstanceStored', ({ data }) => data.sopInstanceUid === sopInstanceUid)
    expect(stored.data).toMatchObject({ sopClassUid, transferSyntaxUid })
    // What it has now is what we brought, in place of what was uploaded.
    expect(await orthanc.receivedBy(id)).toEqual({ Origin: 'DicomProtocol', RemoteAET: 'RADDEPLOY' })
    const made = datasetOf(await readFile(file.path))
    expect(datasetOf(await orthanc.file(id)).equals(made), `${sopClassUid} in ${transferSyntaxUid}`).toBe(
      true,
    )
  }
})

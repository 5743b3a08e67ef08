import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { echo } from '../../infra/dimse/sender/echo.ts'
import { type Destination } from '../support/dcmtk.ts'
import { type DicomFile, type Wanted, datasetOf, makeFile, newUid } from '../support/dicomFiles.ts'
import { pynetdicomStorescu, startPynetdicomStorescp } from '../support/pynetdicom.ts'
import { type System, startSystem } from '../support/system.ts'

const studyUid = newUid()
const services = ['scp', 'collector', 'fingerprinter', 'scheduler', 'scu'] as const
let folder: string
let system: System
let destination: Destination

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-pynetdicom-'))
  destination = await startPynetdicomStorescp('PYTHON')
  system = await startSystem(inject('endpoints'), services)
  await system.apply(`
name: to-pynetdicom
triggers: [{ StudyInstanceUID: ['^${studyUid.replaceAll('.', '\\.')}$'] }]
destinations: [{ host: 127.0.0.1, port: ${destination.port}, ae_title: PYTHON }]
`)
})
afterAll(async () => {
  await system?.retire('to-pynetdicom')
  await system?.stop()
  await destination?.stop()
  await rm(folder, { recursive: true, force: true })
})

const explicit: readonly Wanted[] = [
  { kind: 'ct', side: 256 },
  { kind: 'mr' },
  { kind: 'pt' },
  { kind: 'enhancedCt', frames: 12 },
  { kind: 'rtstruct' },
]
const compressed: readonly Wanted[] = [
  { kind: 'ct', syntax: 'implicit' },
  { kind: 'ct', syntax: 'rle' },
  { kind: 'mr', syntax: 'jpegLossless' },
  { kind: 'mr', syntax: 'jpegLs' },
  { kind: 'us', syntax: 'jpegBaseline' },
  { kind: 'rtstruct', syntax: 'implicit' },
  { kind: 'rtstruct', syntax: 'bigEndian' },
]

test('pynetdicom answers our C-ECHO', async () => {
  const us = { calledAeTitle: 'PYTHON', callingAeTitle: 'RADDEPLOY' }
  await echo({ ...us, host: '127.0.0.1', port: destination.port })
})

test.each([
  ['proposes 128 presentation contexts', explicit, [], 128],
  ['proposes one for each sort of file', [...explicit, ...compressed], ['-cx'], 12],
] as const)(
  'what pynetdicom sends when it %s arrives at pynetdicom bit for bit',
  async (_, wanted, options, contexts) => {
    const calling = `PYTHON${contexts}`
    const below = join(folder, calling)
    const files: DicomFile[] = []
    await mkdir(below)
    for (const one of wanted) {
      const file = await makeFile(folder, { ...one, studyUid })
      await copyFile(file.path, join(below, basename(file.path)))
      files.push(file)
    }
    const { exitCode, output } = await pynetdicomStorescu({ port: system.scpPort, calling }, [below], options)
    expect(exitCode, output).toBe(0)
    expect(output.match(/Status: 0x0000 - Success/g), output).toHaveLength(wanted.length)

    const opened = await system.event('AssociationOpened', ({ data }) => data.calling.aeTitle === calling)
    expect(opened.data).toMatchObject({ acceptedContexts: contexts, refusedContexts: 0 })
    expect(opened.data.implementationVersionName).toMatch(/^PYNETDICOM/)
    const matched = await system.event('TriggerMatched', ({ data }) => data.calling.aeTitle === calling)
    const finished = await system.event('DeliveryFinished', ({ data }) => data.runId === matched.data.runId)
    expect(finished.data.instances).toBe(wanted.length)

    const received = await destination.received()
    for (const { path, sopInstanceUid, sopClassUid, transferSyntaxUid } of files) {
      const arrived = received.get(sopInstanceUid)
      expect(arrived).toMatchObject({ sopClassUid, transferSyntaxUid })
      const made = datasetOf(await readFile(path))
      expect(arrived!.dataset.equals(made), `${sopClassUid} in ${transferSyntaxUid}`).toBe(true)
    }
  },
)

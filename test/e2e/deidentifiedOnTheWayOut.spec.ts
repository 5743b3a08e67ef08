import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { ruleSetHashOf } from '../../core/deidentify/deidentifier.ts'
import { type Destination, dcmsend, startStorescp } from '../support/dcmtk.ts'
import { rulesOf } from '../support/datasets.ts'
import { datasetOf, makeFile, newUid, patient } from '../support/dicomFiles.ts'
import { type System, startSystem } from '../support/system.ts'

const studyUid = newUid()
let system: System
let research: Destination
let archive: Destination
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raddeploy-research-'))
  research = await startStorescp('RESEARCH')
  archive = await startStorescp('ARCHIVE')
  const services = ['scp', 'collector', 'fingerprinter', 'scheduler', 'dispatcher', 'scu'] as const
  system = await startSystem(inject('endpoints'), [...services])
  await system.apply(`
name: to-research
triggers:
  - StudyInstanceUID: ['^${studyUid.replaceAll('.', '\\.')}$']
destinations:
  - { host: 127.0.0.1, port: ${research.port}, ae_title: RESEARCH, deidentify: true }
  - { host: 127.0.0.1, port: ${archive.port}, ae_title: ARCHIVE }
`)
})
afterAll(async () => {
  await system.retire('to-research')
  await system.stop()
  await research.stop()
  await archive.stop()
  await rm(folder, { recursive: true })
})

test('one destination gets a study as it came, the other without who it is, in one piece as before', async () => {
  const wanted = { studyUid, seriesUid: newUid() }
  const files = [
    await makeFile(folder, { kind: 'ct', syntax: 'explicit', ...wanted }),
    await makeFile(folder, { kind: 'ct', syntax: 'jpegLossless', ...wanted }),
    await makeFile(folder, { kind: 'rtstruct', syntax: 'deflated', ...wanted }),
  ]
  const pushed = await dcmsend(
    { port: system.scpPort, calling: 'RESEARCHER' },
    files.map(({ path }) => path),
  )
  expect(pushed.exitCode, pushed.output).toBe(0)
  const matched = await system.event('TriggerMatched', (one) => one.data.calling.aeTitle === 'RESEARCHER')
  for (const aeTitle of ['RESEARCH', 'ARCHIVE']) {
    const queued = await system.event(
      'DeliveryQueued',
      ({ data }) => data.runId === matched.data.runId && data.destination.aeTitle === aeTitle,
    )
    const { deliveryId } = queued.data
    await system.event('DeliveryFinished', (one) => one.data.deliveryId === deliveryId)
    const attempted = await system.event('DeliveryAttempted', (one) => one.data.deliveryId === deliveryId)
    const rules = aeTitle === 'RESEARCH' ? ruleSetHashOf(rulesOf(true)) : null
    expect(attempted.data.ruleSetHash).toBe(rules)
  }

  const asTheyCame = await archive.received()
  for (const file of files)
    expect(asTheyCame.get(file.sopInstanceUid)?.transferSyntaxUid).toBe(file.transferSyntaxUid)
  const without = [...(await research.received()).values()]
  expect(without.length).toBe(files.length)
  const studies = new Set<string>()
  for (const { path, sopInstanceUid } of without) {
    expect(files.map((one) => one.sopInstanceUid)).not.toContain(sopInstanceUid)
    const { stdout } = await execa('dcmdump', ['+L', '-M', path])
    for (const secret of [...Object.values(patient), studyUid]) expect(stdout).not.toContain(secret)
    expect(stdout).toContain('(0012,0062) CS [YES]')
    studies.add(/\(0020,000d\) UI \[([^\]]+)\]/.exec(stdout)![1]!)
  }
  expect(studies.size).toBe(1)

  const ct = files[0]!
  const plain = without.find(({ transferSyntaxUid }) => transferSyntaxUid === ct.transferSyntaxUid)!
  const pixels = datasetOf(await readFile(ct.path)).subarray(-16 * 16 * 2)
  expect(plain.dataset.subarray(-pixels.length).equals(pixels)).toBe(true)
})

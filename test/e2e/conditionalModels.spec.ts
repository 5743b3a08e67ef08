import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { storescu } from '../support/dcmtk.ts'
import { makeFile, newUid } from '../support/dicomFiles.ts'
import { type System, startSystem } from '../support/system.ts'

const studyUid = newUid()
const names = { met: 'where-there-is-an-mr', unmet: 'where-there-is-a-pet' }
let system: System
let folder: string

const flow = (name: string, modality: string): string => `
name: ${name}
triggers: [{ Modality: ['^(CT|MR)$'], StudyInstanceUID: ['^${studyUid.replaceAll('.', '\\.')}$'] }]
models:
  - docker_kwargs: { image: 'nobody/runs-this:1' }
    when: { src: [{ Modality: ['^${modality}$'] }] }
destinations: [{ host: 127.0.0.1, port: 104, ae_title: TPS }]
`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-when-'))
  system = await startSystem(inject('endpoints'), ['scp', 'collector', 'fingerprinter', 'scheduler'])
  await system.apply(flow(names.met, 'MR'))
  await system.apply(flow(names.unmet, 'PT'))
})
afterAll(async () => {
  for (const name of Object.values(names)) await system.retire(name)
  await system.stop()
  await rm(folder, { recursive: true })
})

test('a model runs only where its inputs meet its condition; a run without it ends well and sends nothing', async () => {
  const files = await Promise.all(
    (['ct', 'mr', 'ct'] as const).map((kind) => makeFile(folder, { kind, studyUid, side: 256 })),
  )
  const sent = await storescu(
    { port: system.scpPort, calling: 'WHEN' },
    files.map(({ path }) => path),
    ['-xe'],
  )
  expect(sent.exitCode, sent.output).toBe(0)

  const queued = await system.event('ModelQueued', ({ data }) => data.flowName === names.met)
  expect(queued.data).toMatchObject({ attempt: 1, notBefore: null, inputs: [{ name: 'src', files: 3 }] })
  const skipped = await system.event('ModelSkipped', ({ data }) => data.flowName === names.unmet)
  expect(skipped.data.reason).toBe('no file of "src" meets trigger 1: Modality is met by 0 of 3')
  const { store } = system.connections
  expect((await store.read(skipped.data.output.manifest)).toString()).toBe('{"files":[]}')

  const { data: ended } = await system.event('RunFinished', ({ data }) => data.flowName === names.unmet)
  expect(ended).toMatchObject({ output: { ...skipped.data.output, name: 'dst' }, destinations: [] })
})

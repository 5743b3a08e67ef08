import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Recorded } from '../../core/event/event.ts'
import { mountManifestSchema } from '../../core/manifest/manifest.ts'
import { listAssociations, showRun } from '../../projections/overview/queries.ts'
import { storescu } from '../support/dcmtk.ts'
import { type DicomFile, makeFile, newUid } from '../support/dicomFiles.ts'
import { type System, startSystem } from '../support/system.ts'
import { until } from '../support/until.ts'

const studies = { whole: newUid(), half: newUid() }
const flows = { whole: 'ct-and-mr', half: 'ct-and-mr-soon' }
const services = ['scp', 'collector', 'fingerprinter', 'gatherer', 'scheduler', 'projector'] as const
const endpoints = inject('endpoints')
let system: System
let folder: string

const flow = (which: keyof typeof studies, deadline: string): string => {
  const study = `StudyInstanceUID: ['^${studies[which].replaceAll('.', '\\.')}$']`
  return `
name: ${flows[which]}
bundle: { by: study, quiet: 2s, deadline: ${deadline} }
triggers:
  - { Modality: ['^CT$'], ${study} }
  - { Modality: ['^MR$'], ${study} }
`
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-gathered-'))
  system = await startSystem(endpoints, services)
  await system.apply(flow('whole', '60s'))
  await system.apply(flow('half', '8s'))
})
afterAll(async () => {
  for (const name of Object.values(flows)) await system.retire(name)
  await system.stop()
  await rm(folder, { recursive: true })
})

/** Pushes one image of a study in an association of its own; gives it once it waits in a gathering. */
const push = async (
  studyUid: string,
  kind: 'ct' | 'mr',
): Promise<{ file: DicomFile; part: Recorded<'InstancesGathered'> }> => {
  const file = await makeFile(join(folder, newUid()), { kind, studyUid })
  const { exitCode, output } = await storescu(
    { port: system.scpPort, calling: 'PARTS' },
    [file.path],
    ['-xe'],
  )
  expect(exitCode, output).toBe(0)
  const stored = await system.event(
    'InstanceStored',
    ({ data }) => data.sopInstanceUid === file.sopInstanceUid,
  )
  const part = await system.event('InstancesGathered', ({ data }) => data.bundleId === stored.stream)
  return { file, part }
}
const runsOf = (name: string): readonly Recorded<'RunCreated'>[] =>
  system
    .events()
    .filter(
      (event): event is Recorded<'RunCreated'> => event.type === 'RunCreated' && event.data.flowName === name,
    )

test('two associations of one study, and a restart between them, become one run with the files of both', async () => {
  const ct = await push(studies.whole, 'ct')
  await system.stop()
  system = await startSystem(endpoints, services)
  const mr = await push(studies.whole, 'mr')

  const bundle = await system.event('BundleClosed', ({ data }) => data.gathering?.value === studies.whole)
  const associationIds = [ct.part.data.bundleId, mr.part.data.bundleId]
  expect(bundle.data).toMatchObject({
    ...{ associationIds, complete: true, instances: 2 },
    reason: `study ${studies.whole} was quiet for 2 s`,
  })
  const waited = Date.parse(bundle.meta.time) - Date.parse(mr.part.meta.time)
  expect(waited).toBeGreaterThanOrEqual(2000)

  const run = await system.event('RunCreated', ({ data }) => data.flowName === flows.whole)
  const { store } = system.connections
  const manifest = JSON.parse((await store.read(run.data.input.manifest)).toString('utf8')) as unknown
  const { files } = mountManifestSchema.parse(manifest)
  expect(files.map(({ path }) => path).sort()).toEqual(
    [ct, mr].map(({ file }) => `${file.sopInstanceUid}.dcm`).sort(),
  )
  const listed = async () =>
    (await listAssociations(system.connections))
      .filter(({ associationId }) => associationIds.includes(associationId))
      .map(({ bundleStatus, runs }) => ({ bundleStatus, runs }))
  await until(
    async () => (await listed()).length === 2 && (await listed()).every(({ runs }) => runs > 0),
    'the run in the tables',
  )
  const shown = await showRun(system.connections, run.data.runId)
  expect(shown.run.associationIds).toEqual(associationIds)
  // What led to it is shown of both.
  expect(
    shown.timeline
      .filter(({ type }) => type === 'BundleGathered')
      .map(({ stream }) => stream)
      .sort(),
  ).toEqual([...associationIds].sort())
  expect(await listed()).toEqual(associationIds.map(() => ({ bundleStatus: 'gathered', runs: 1 })))
})

test('what is not whole by the deadline runs nothing and says what it lacks; what comes later begins anew', async () => {
  const ct = await push(studies.half, 'ct')
  const bundle = await system.event('BundleClosed', ({ data }) => data.gathering?.value === studies.half)
  expect(bundle.data.reason).toBe(`study ${studies.half}: no file met triggers[1] within 8 s`)
  expect(bundle.data.associationIds).toEqual([ct.part.data.bundleId])
  const unmatched = await system.event(
    'BundleUnmatched',
    ({ data }) => data.bundleId === bundle.data.bundleId,
  )
  expect(unmatched.data.reason).toContain('no file met triggers[1] within 8 s')
  expect(unmatched.data.considered).toMatchObject([{ flowName: flows.half, trigger: 1 }])

  const mr = await push(studies.half, 'mr')
  const again = await system.event(
    'BundleClosed',
    ({ data }) => data.gathering?.value === studies.half && data.bundleId !== bundle.data.bundleId,
  )
  expect(again.data.associationIds).toEqual([mr.part.data.bundleId])
  expect(again.data.reason).toContain('no file met triggers[0]')
  await system.event('BundleUnmatched', ({ data }) => data.bundleId === again.data.bundleId)
  expect(runsOf(flows.half)).toEqual([])
  expect(runsOf(flows.whole)).toHaveLength(1)
})

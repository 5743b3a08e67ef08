import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { echoscu, storescu } from '../support/dcmtk.ts'
import { makeFile, newUid } from '../support/dicomFiles.ts'
import { type System, startSystem } from '../support/system.ts'
import { until } from '../support/until.ts'

const associations = 10
const instancesEach = 20
const flow = 'of-many'
const studies = Array.from({ length: associations }, newUid)
let system: System
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raddeploy-sent-'))
  system = await startSystem(inject('endpoints'), [
    'scp',
    'collector',
    'fingerprinter',
    'scheduler',
    'projector',
  ])
  await system.apply(`
name: ${flow}
triggers:
  - StudyInstanceUID: ['^(${studies.map((uid) => uid.replaceAll('.', '\\.')).join('|')})$']
`)
})
afterAll(async () => {
  await system.retire(flow)
  await system.stop()
  await rm(folder, { recursive: true })
})

test('the SCP answers C-ECHO', async () => {
  const { exitCode, output } = await echoscu(system.scpPort, 'RADDEPLOY')
  expect(exitCode, output).toBe(0)
})

test(`${associations} associations at once with ${instancesEach} instances each are stored, each instance once`, async () => {
  const uids: string[] = []
  for (const studyUid of studies)
    for (let n = 0; n < instancesEach; n++) {
      const file = await makeFile(join(folder, studyUid), { kind: 'ct', studyUid })
      uids.push(file.sopInstanceUid)
    }
  const pushed = await Promise.all(
    studies.map((study) =>
      storescu(
        { port: system.scpPort, calling: 'MANY' },
        [join(folder, study)],
        ['+sd', '+sp', '*.dcm', '-R'],
      ),
    ),
  )
  expect(pushed.map(({ exitCode }) => exitCode)).toEqual(studies.map(() => 0))

  const { pool } = system.connections
  const query = async (text: string): Promise<Record<string, unknown>> =>
    (await pool.query<Record<string, unknown>>(text, [studies])).rows[0]!
  await until(async () => {
    const { runs } = await query(
      `select count(*)::int as runs from raddeploy.runs r where exists (
         select 1 from raddeploy.instances i where i.association_id = r.bundle_id and i.study_instance_uid = any($1))`,
    )
    return runs === associations
  }, 'a run for each association')
  expect(
    await query(
      `select count(*)::int as instances, count(distinct sop_instance_uid)::int as uids,
         count(distinct association_id)::int as associations
       from raddeploy.instances where study_instance_uid = any($1)`,
    ),
  ).toEqual({ instances: associations * instancesEach, uids: uids.length, associations })
  expect(
    await query(
      `select count(*)::int as closed, sum(stored)::int as stored, sum(refused)::int as refused
       from raddeploy.associations a where how = 'released' and exists (
         select 1 from raddeploy.instances i where i.association_id = a.association_id and i.study_instance_uid = any($1))`,
    ),
  ).toEqual({ closed: associations, stored: associations * instancesEach, refused: 0 })
  expect(
    await query(
      `select count(*)::int as events from raddeploy.events
       where type = 'InstanceStored' and payload->>'studyInstanceUid' = any($1)`,
    ),
  ).toEqual({ events: associations * instancesEach })
})

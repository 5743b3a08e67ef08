import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { type Recorded } from '../../../core/event/event.ts'
import { listRuns, showRun } from '../../../projections/overview/queries.ts'
import { type WorkerRow, findWorker, listWorkers } from '../../../projections/workers/queries.ts'
import { type Database, freshDatabase } from '../../support/database.ts'
import { an } from '../../support/events.ts'
import { ImaginedLog } from '../../support/imaginedLog.ts'
import { workerLeft } from '../../support/story.ts'
import { createTables, projectInto } from '../../support/tables.ts'

let database: Database
beforeAll(async () => {
  database = await freshDatabase(inject('endpoints').postgres.url)
})
beforeEach(async () => {
  await database.pool.query('drop schema if exists raddeploy cascade')
  await createTables(database.pool, 'raddeploy')
})
afterAll(() => database.drop())

/** Projects what is said now, so that a lease of a day has not run out. */
const project = async (...events: readonly Recorded[]): Promise<void> => {
  const log = new ImaginedLog()
  const time = new Date().toISOString()
  log.append(...events.map((event): Recorded => ({ ...event, meta: { ...event.meta, time } })))
  await projectInto(database.pool, 'raddeploy', log.records())
}
const day = 86_400_000
const joined = an.workerJoined({ leaseMs: day })
const drained = an.workerDrained({ by: 'anna' })
const running = [an.modelQueued({ attempt: 1 }), an.modelAssigned({ attempt: 1, workerId: 'worker-1' })]
const finished = an.modelFinished({ attempt: 1, workerId: 'worker-1' })

test.each<[string, readonly Recorded[], Partial<WorkerRow>]>([
  ['ready', [joined], { slotsUsed: 0 }],
  ['ready', [joined, ...running], { slotsUsed: 1 }],
  ['draining', [joined, ...running, drained], { slotsUsed: 1, drainedBy: 'anna' }],
  ['drained', [joined, ...running, drained, finished], { slotsUsed: 0 }],
  ['ready', [joined, drained, an.workerResumed()], { drainedAt: null }],
  ['silent', [an.workerJoined({ leaseMs: -1 }), drained], { drainedBy: 'anna' }],
  // What it said of itself is kept for a week only.
  ['silent', [drained], { host: null, slots: null, lastSeenAt: null }],
  ['left', [joined, drained, workerLeft('worker-1')], { leftReason: 'stopped' }],
])('a worker is %s (%#)', async (status, events, columns) => {
  await project(...events)
  expect(await listWorkers(database)).toMatchObject([{ workerId: 'worker-1', status, ...columns }])
})

test('a worker says what it offers, and the memory of each GPU', async () => {
  const offer = { cpus: 7.5, memory: 2 ** 40, gpus: ['0', '1'], gpuMemory: [2 ** 35, 0], labels: ['a100'] }
  await project(an.workerJoined(offer))
  expect(await listWorkers(database)).toMatchObject([offer])
})

test('a worker is found by its id or the first letters of it', async () => {
  const others = ['gpu', 'gpu-1', 'cpu-1'].map((workerId) => an.workerJoined({ workerId }))
  await project(...others)
  expect((await findWorker(database, 'gpu')).workerId).toBe('gpu')
  expect((await findWorker(database, 'c')).workerId).toBe('cpu-1')
  await expect(findWorker(database, 'g')).rejects.toMatchObject({ code: 'RD_USAGE' })
  await expect(findWorker(database, 'tpu')).rejects.toMatchObject({ code: 'RD_NOT_FOUND' })
})

test('a run with a skipped model counts it, and does not wait for it', async () => {
  await project(
    an.runCreated(),
    an.modelSkipped({ jobId: 'job-0' }),
    an.modelQueued({ jobId: 'job-1', model: 1 }),
    an.modelFinished({ jobId: 'job-1' }),
    an.runFinished(),
  )
  expect(await listRuns(database)).toMatchObject([
    { status: 'finished', jobs: 2, jobsSkipped: 1, jobsFinished: 1, jobsWaiting: 0, jobsRunning: 0 },
  ])
  const { models } = await showRun(database, 'run-1')
  expect(models).toMatchObject([
    { status: 'skipped', attempt: 0, message: 'no file of src meets trigger 1' },
    { status: 'finished', attempt: 1 },
  ])
  const { rows } = await database.pool.query('select attempts from raddeploy.jobs order by job_id')
  expect(rows).toEqual([{ attempts: '0' }, { attempts: '1' }])
})

test('a run counts the models that no worker could take, until one is given to a worker', async () => {
  const queued = [an.runCreated(), an.modelQueued({ memory: 2 ** 40 }), an.modelUnplaceable()]
  await project(...queued)
  expect(await listRuns(database)).toMatchObject([{ jobsWaiting: 1, jobsUnplaceable: 1 }])
  const { models } = await showRun(database, 'run-1')
  expect(models).toMatchObject([
    { status: 'queued', memoryNeeded: 2 ** 40, unplaceableReason: 'no worker has a GPU' },
  ])
  await database.pool.query('drop schema raddeploy cascade')
  await createTables(database.pool, 'raddeploy')
  await project(...queued, an.modelAssigned())
  expect(await listRuns(database)).toMatchObject([{ jobsWaiting: 1, jobsUnplaceable: 0 }])
})

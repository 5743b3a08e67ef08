import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { listDeliveries } from '../../../projections/deliveries/queries.ts'
import { findEvent, listEvents } from '../../../projections/events/queries.ts'
import { listFlows } from '../../../projections/flows/queries.ts'
import { listAssociations, listRuns, progressOf, showRun } from '../../../projections/overview/queries.ts'
import { listWorkers } from '../../../projections/workers/queries.ts'
import { type Database, freshDatabase } from '../../support/database.ts'
import { an } from '../../support/events.ts'
import { ImaginedLog } from '../../support/imaginedLog.ts'
import { flowDefined, flowRetired, story } from '../../support/story.ts'
import { createTables, projectInto } from '../../support/tables.ts'

let database: Database
beforeAll(async () => {
  database = await freshDatabase(inject('endpoints').postgres.url)
  await createTables(database.pool, 'raddeploy')
  const log = new ImaginedLog()
  log.append(
    ...story({ name: 'one', instances: 2, flows: 2, lost: true, failed: false, attempts: 2 }),
    ...story({ name: 'two', instances: 1, flows: 1, lost: false, failed: true, attempts: 1 }),
    ...story({ name: 'three', instances: 1, flows: 0, lost: false, failed: false, attempts: 1 }),
    ...[flowDefined('contour'), flowDefined('old'), flowRetired('old'), an.workerJoined()],
    an.associationOpened({ associationId: 'four-association' }),
  )
  log.append(an.modelQueued({ runId: 'begins' }))
  log.append(an.deliveryQueued({ deliveryId: 'waits', runId: 'two-run-0' }))
  log.append(
    an.deliveryAttempted({
      deliveryId: 'waits',
      succeeded: 0,
      notAttempted: 1,
      code: 'RD_DICOM_REJECTED',
      error: 'no',
    }),
  )
  await projectInto(database.pool, 'raddeploy', log.records())
})
afterAll(() => database.drop())

test('runs are listed newest first, of one status where asked for', async () => {
  const runs = await listRuns(database)
  expect(runs.map(({ runId }) => runId)).toEqual(['two-run-0', 'one-run-1', 'one-run-0'])
  expect(runs[2]).toMatchObject({
    status: 'finished',
    deliveryStatus: 'finished',
    jobs: 1,
    jobsFinished: 1,
    associationIds: ['association-1'],
    createdAt: expect.stringMatching(/^2026-01-01T.*Z$/) as string,
  })
  expect((await listRuns(database, { status: 'failed' })).map(({ runId }) => runId)).toEqual(['two-run-0'])
  expect(await listRuns(database, { flow: 'flow-1', limit: 1 })).toMatchObject([{ runId: 'one-run-1' }])
})

test('a run is shown with every attempt, its deliveries, and what led to it, in order', async () => {
  const { run, models, deliveries, timeline } = await showRun(database, 'one-run-0')
  expect(run.flowName).toBe('flow-0')
  expect(models).toMatchObject([
    { attempt: 1, status: 'failed', failureKind: 'lost', workerId: 'worker-1' },
    { attempt: 2, status: 'finished', workerId: 'worker-2' },
  ])
  expect(deliveries).toMatchObject([{ status: 'finished', attempts: 2, lastError: null }])
  expect(timeline.map(({ type }) => type)).toEqual([
    'AssociationOpened',
    'InstanceRefused',
    'AssociationClosed',
    'BundleClosed',
    'TriggerMatched',
    'RunCreated',
    'BundleUnmatched',
    ...['ModelQueued', 'ModelAssigned', 'ModelStarted', 'ModelFailed', 'ModelFinished'],
    ...['ModelQueued', 'ModelAssigned', 'ModelAssigned', 'ModelStarted', 'ModelFinished'],
    ...['RunFinished', 'DeliveryQueued', 'DeliveryAttempted', 'DeliveryAttempted', 'DeliveryFinished'],
    // Said of the bundle when the other run was created.
    'BundleUnmatched',
  ])
  const whole = await showRun(database, 'one-run-0', { instances: true })
  expect(whole.timeline.length).toBe(timeline.length + 2)
})

test('how far a run is', async () => {
  const { isOver, models } = await progressOf(database, 'one-run-0')
  expect(isOver).toBe(true)
  expect(models).toEqual((await showRun(database, 'one-run-0')).models)
  expect(await progressOf(database, 'begins')).toMatchObject({
    isOver: false,
    models: [{ status: 'queued' }],
  })
})

test('the beginning of an id is enough where only one run begins so', async () => {
  expect((await showRun(database, 'two-')).run.runId).toBe('two-run-0')
  await expect(showRun(database, 'one-')).rejects.toMatchObject({ code: 'RD_USAGE' })
  await expect(showRun(database, 'nine')).rejects.toMatchObject({ code: 'RD_NOT_FOUND' })
})

test('an association says what came and what became of it', async () => {
  const associations = await listAssociations(database)
  expect(associations.map(({ associationId }) => associationId)).toEqual([
    'four-association',
    'three-association',
    'two-association',
    'one-association',
  ])
  expect(associations[0]).toMatchObject({
    status: 'open',
    instancesStored: 0,
    runs: 0,
    via: 'dimse',
    flows: null,
  })
  expect(associations[1]).toMatchObject({ status: 'released', instancesStored: 1, instancesRefused: 1 })
})

test('a pending delivery says why it is', async () =>
  expect(await listDeliveries(database, { status: 'pending' })).toMatchObject([
    { deliveryId: 'waits', attempts: 1, lastErrorCode: 'RD_DICOM_REJECTED', lastError: 'no' },
  ]))

test('retired flows are listed where asked for', async () => {
  expect((await listFlows(database)).map(({ name }) => name)).toEqual(['contour'])
  expect(await listFlows(database, { retired: true })).toMatchObject([
    { name: 'contour', status: 'active', definedAt: expect.any(String) as string },
    { name: 'old', status: 'retired', definition: '{}' },
  ])
})

test('a worker of which nothing was heard within its lease is silent', async () =>
  expect(await listWorkers(database)).toMatchObject([{ workerId: 'worker-1', status: 'silent', slots: 2 }]))

test('events are found by type, stream and id, the last of them in order', async () => {
  const last = await listEvents(database, { type: 'RunCreated', limit: 2 })
  expect(last.map(({ stream }) => stream)).toEqual(['one-run-1', 'two-run-0'])
  expect(last[0]!.payload).toMatchObject({ flowName: 'flow-1' })
  expect(await findEvent(database, last[0]!.id)).toEqual(last[0])
  expect(await findEvent(database, 'none')).toBeUndefined()
})

test('where there are no tables yet, one sentence says so', async () => {
  const nowhere = { pool: database.pool, schema: 'nowhere' }
  await expect(listRuns(nowhere)).rejects.toMatchObject({ code: 'RD_POSTGRES_UNAVAILABLE' })
})

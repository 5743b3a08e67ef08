import fc from 'fast-check'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { tableDigest } from '../../../projections/runtime/digest.ts'
import { type LogRecord } from '../../../projections/runtime/record.ts'
import { type Database, freshDatabase } from '../../support/database.ts'
import { an } from '../../support/events.ts'
import { ImaginedLog } from '../../support/imaginedLog.ts'
import { interleaving } from '../../support/interleaving.ts'
import {
  actedOnStory,
  deadLettered,
  flowDefined,
  flowRetired,
  gatheredStory,
  story,
  workerLeft,
} from '../../support/story.ts'
import { createTables, projectInto } from '../../support/tables.ts'

let database: Database
beforeAll(async () => {
  database = await freshDatabase(inject('endpoints').postgres.url)
})
afterAll(() => database.drop())

/** A log with mishaps, in which every third event is repeated later. */
const eventfulLog = (): readonly LogRecord[] => {
  const log = new ImaginedLog()
  const events = [
    ...story({ name: 'one', instances: 2, flows: 2, lost: true, failed: false, attempts: 3 }),
    ...story({ name: 'two', instances: 1, flows: 1, lost: false, failed: true, attempts: 1 }),
    ...story({ name: 'three', instances: 1, flows: 0, lost: false, failed: false, attempts: 1 }),
    ...gatheredStory('four'),
    ...actedOnStory('acted-on'),
    ...[flowDefined('flow-0'), flowRetired('flow-0'), flowDefined('flow-1')],
    ...[an.workerJoined(), an.workerHeartbeat({ sentAt: 1 }), workerLeft('worker-1'), deadLettered(3)],
    ...[an.workerDrained(), an.workerResumed(), an.workerDrained({ reason: 'again' })],
    ...[an.modelSkipped({ runId: 'five' }), an.modelUnplaceable({ runId: 'five', jobId: 'job-2' })],
    an.modelUnplaceable({ runId: 'five', jobId: 'job-2', reason: 'no worker has two GPUs' }),
  ]
  log.append(...events)
  log.append(...events.filter((_, index) => index % 3 === 0))
  return log.records()
}

const cut = (records: readonly LogRecord[], sizes: readonly number[]): readonly (readonly LogRecord[])[] => {
  const batches: LogRecord[][] = []
  const rest = [...records]
  for (let turn = 0; rest.length > 0; turn += 1) batches.push(rest.splice(0, sizes[turn % sizes.length]))
  return batches
}

test('the tables are the same however topics are interleaved and batches are cut', async () => {
  const records = eventfulLog()
  await createTables(database.pool, 'wanted')
  await projectInto(database.pool, 'wanted', ...cut(records, [1]))
  const wanted = await tableDigest(database.pool, 'wanted')
  for (const name of [
    'events',
    'runs',
    'models',
    'delivery_attempts',
    'destinations',
    'flows',
    'repeated_records',
  ])
    expect(wanted[name]!.rows).toBeGreaterThan(0)
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(interleaving(records), sizes, async (order, batchSizes) => {
      await database.pool.query('drop schema if exists other cascade')
      await createTables(database.pool, 'other')
      await projectInto(database.pool, 'other', ...cut(order, batchSizes))
      expect(await tableDigest(database.pool, 'other')).toEqual(wanted)
    }),
    { numRuns: 12, endOnFailure: true },
  )
})

test('a digest tells tables with another row, and another value, apart', async () => {
  const records = eventfulLog()
  await createTables(database.pool, 'digested')
  await projectInto(database.pool, 'digested', records)
  const before = await tableDigest(database.pool, 'digested')
  await database.pool.query(`update digested.runs set reason = 'other' where run_id = 'two-run-0'`)
  await database.pool.query('delete from digested.flows where name = $1', ['flow-1'])
  const after = await tableDigest(database.pool, 'digested')
  expect(Object.keys(after).filter((name) => after[name]!.hash !== before[name]!.hash)).toEqual([
    'flows',
    'runs',
  ])
  expect(after['flows']!.rows).toBe(before['flows']!.rows - 1)
  expect(after['runs']!.rows).toBe(before['runs']!.rows)
})

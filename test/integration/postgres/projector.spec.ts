import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test, vi } from 'vitest'
import { projections } from '../../../projections/index.ts'
import { tableDigest } from '../../../projections/runtime/digest.ts'
import { runProjector } from '../../../projections/runtime/projector.ts'
import { type Database, freshDatabase } from '../../support/database.ts'
import { an } from '../../support/events.ts'
import { ImaginedLog } from '../../support/imaginedLog.ts'
import { story } from '../../support/story.ts'
import { caughtUp, createTables, projectInto, rowsIn, silent, startProjector } from '../../support/tables.ts'

let database: Database
let log: ImaginedLog
beforeAll(async () => {
  database = await freshDatabase(inject('endpoints').postgres.url)
})
beforeEach(() => {
  log = new ImaginedLog(7)
})
afterEach(() =>
  database.pool.query('drop schema if exists raddeploy cascade; drop schema if exists wanted cascade'),
)
afterAll(() => database.drop())

const plot = { instances: 3, flows: 2, lost: true, failed: false, attempts: 2 }
const append = (count: number, from = 0): void => {
  for (let index = from; index < from + count; index += 1)
    log.append(...story({ ...plot, name: `s${index}` }))
}
/** The tables as one projector makes them that nobody disturbs. */
const wanted = async () => {
  await createTables(database.pool, 'wanted')
  await projectInto(database.pool, 'wanted', log.records())
  return tableDigest(database.pool, 'wanted')
}

test('a projector creates its tables, follows the log, and goes on where it stopped', async () => {
  append(2)
  const first = startProjector(database.pool, log)
  await caughtUp(database.pool, log)
  append(2, 2)
  await caughtUp(database.pool, log)
  await first.stop()
  append(2, 4)
  const second = startProjector(database.pool, log)
  await caughtUp(database.pool, log)
  await second.stop()
  expect(await tableDigest(database.pool)).toEqual(await wanted())
})

test('of two projectors that race each event is written by one', async () => {
  const racers = [startProjector(database.pool, log), startProjector(database.pool, log)]
  for (let index = 0; index < 15; index += 1) {
    append(2, 2 * index)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await caughtUp(database.pool, log)
  await Promise.all(racers.map((racer) => racer.stop()))
  expect(await rowsIn(database.pool, 'repeated_records')).toEqual([])
  expect(await tableDigest(database.pool)).toEqual(await wanted())
})

test('a projector whose connections are cut again and again loses nothing', async () => {
  const projector = startProjector(database.pool, log)
  for (let index = 0; index < 10; index += 1) {
    append(1, index)
    await database.pool
      .query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()`,
      )
      .catch(() => undefined)
  }
  await caughtUp(database.pool, log)
  await projector.stop()
  expect(await rowsIn(database.pool, 'repeated_records')).toEqual([])
  expect(await tableDigest(database.pool)).toEqual(await wanted())
})

test('tables that are dropped under a projector come back from the log', async () => {
  append(2)
  const projector = startProjector(database.pool, log)
  await caughtUp(database.pool, log)
  await database.pool.query('drop schema raddeploy cascade')
  append(1, 2)
  await vi.waitFor(() => caughtUp(database.pool, log), { timeout: 20_000 })
  await projector.stop()
  expect(await tableDigest(database.pool)).toEqual(await wanted())
})

test('tables that are put back to an earlier state are brought up again, every partition of them', async () => {
  append(2)
  await createTables(database.pool, 'earlier')
  await projectInto(database.pool, 'earlier', log.records())
  append(4, 2)
  const projector = startProjector(database.pool, log)
  await caughtUp(database.pool, log)
  await database.pool.query(
    'begin; drop schema raddeploy cascade; alter schema earlier rename to raddeploy; commit',
  )
  log.append(an.workerJoined(), ...story({ ...plot, name: 'last' }))
  await caughtUp(database.pool, log)
  await projector.stop()
  expect(await tableDigest(database.pool)).toEqual(await wanted())
})

test('tables of another, longer log are not touched, and the projector says so', async () => {
  append(3)
  const projector = startProjector(database.pool, log)
  await caughtUp(database.pool, log)
  await projector.stop()
  const before = await tableDigest(database.pool)
  const abort = new AbortController()
  const said: string[] = []
  const logger = silent.child({})
  logger.error = ((_: object, message: string) => {
    said.push(message)
    abort.abort()
  }) as typeof logger.error
  const source = new ImaginedLog()
  source.append(...story({ ...plot, name: 'other' }))
  await runProjector({ pool: database.pool, projections, source, logger, signal: abort.signal })
  expect(said).toHaveLength(1)
  expect(await tableDigest(database.pool)).toEqual(before)
})

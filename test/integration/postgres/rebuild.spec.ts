import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test, vi } from 'vitest'
import { withClient } from '../../../infra/postgres/pool.ts'
import { projections } from '../../../projections/index.ts'
import { tableDigest } from '../../../projections/runtime/digest.ts'
import { loadPositions } from '../../../projections/runtime/positions.ts'
import { project } from '../../../projections/runtime/project.ts'
import { rebuild } from '../../../projections/runtime/rebuild.ts'
import { type Source } from '../../../projections/runtime/record.ts'
import { type Database, freshDatabase } from '../../support/database.ts'
import { ImaginedLog } from '../../support/imaginedLog.ts'
import { story } from '../../support/story.ts'
import { caughtUp, projectInto, rowsIn, startProjector } from '../../support/tables.ts'

let database: Database
let log: ImaginedLog
beforeAll(async () => {
  database = await freshDatabase(inject('endpoints').postgres.url)
})
beforeEach(() => {
  log = new ImaginedLog(20)
})
afterEach(async () => {
  for (const schema of ['raddeploy', 'raddeploy_shadow', 'raddeploy_retired'])
    await database.pool.query(`drop schema if exists ${schema} cascade`)
})
afterAll(() => database.drop())

const plot = { instances: 3, flows: 2, lost: true, failed: false, attempts: 2 }
const append = (count: number, from = 0): void => {
  for (let index = from; index < from + count; index += 1)
    log.append(...story({ ...plot, name: `s${index}` }))
}
const rebuildNow = (
  options: { source?: Source; signal?: AbortSignal; progress?: (done: bigint, total: bigint) => void } = {},
): Promise<void> =>
  rebuild({
    pool: database.pool,
    projections,
    source: options.source ?? log,
    progress: options.progress ?? (() => undefined),
    signal: options.signal ?? new AbortController().signal,
  })
const schemas = async (): Promise<string[]> =>
  (
    await database.pool.query<{ name: string }>(
      `select nspname as name from pg_namespace where nspname like 'raddeploy%' order by 1`,
    )
  ).rows.map(({ name }) => name)

test('the rebuilt tables are those that were followed live, row by row, and so are the offsets', async () => {
  append(5)
  const projector = startProjector(database.pool, log)
  await caughtUp(database.pool, log)
  append(3, 5)
  await caughtUp(database.pool, log)
  await projector.stop()
  const live = await tableDigest(database.pool)
  const positions = await loadPositions(database.pool, 'raddeploy')
  // What somebody changed by hand is not on the log.
  await database.pool.query(`update raddeploy.runs set reason = 'tampered'`)
  const told: [bigint, bigint][] = []
  await rebuildNow({ progress: (done, total) => told.push([done, total]) })
  expect(await tableDigest(database.pool)).toEqual(live)
  expect(await loadPositions(database.pool, 'raddeploy')).toEqual(positions)
  expect(await schemas()).toEqual(['raddeploy'])
  const all = BigInt(log.records().length)
  expect(told[0]).toEqual([0n, all])
  expect(told.at(-1)).toEqual([all, all])
})

test('without tables a rebuild makes them', async () => {
  append(1)
  await rebuildNow()
  expect(await rowsIn(database.pool, 'events')).toHaveLength(log.records().length)
})

test('the live tables are read and written while a rebuild is under way, and go on afterwards', async () => {
  append(20)
  const projector = startProjector(database.pool, log)
  await caughtUp(database.pool, log)
  const before = (await rowsIn(database.pool, 'events')).length
  let appended = 20
  let seen = before
  const readers: Promise<void>[] = []
  await rebuildNow({
    progress: () => {
      // The scanner does not wait: the log grows, and people look.
      if (appended < 60) append(1, appended++)
      readers.push(
        rowsIn(database.pool, 'events').then((rows) => {
          expect(rows.length).toBeGreaterThanOrEqual(before)
          seen = Math.max(seen, rows.length)
        }),
      )
    },
  })
  await Promise.all(readers)
  expect(seen).toBeGreaterThan(before)
  append(3, 60)
  await caughtUp(database.pool, log)
  await projector.stop()
  expect(await rowsIn(database.pool, 'repeated_records')).toEqual([])
  const followed = await tableDigest(database.pool)
  await rebuildNow()
  expect(await tableDigest(database.pool)).toEqual(followed)
  expect(followed['events']!.rows).toBe(log.records().length)
})

test('rebuilds one after the other under a projector and a growing log neither lose nor double', async () => {
  const projector = startProjector(database.pool, log)
  let from = 0
  for (let round = 0; round < 6; round += 1) {
    append(4, from)
    from += 4
    const until = from + 4
    await rebuildNow({
      progress: () => {
        if (from < until) append(1, from++)
      },
    })
  }
  await caughtUp(database.pool, log)
  await projector.stop()
  expect(await rowsIn(database.pool, 'repeated_records')).toEqual([])
  expect((await tableDigest(database.pool))['events']!.rows).toBe(log.records().length)
})

test('a swap waits for the transaction that is under way in the live tables', async () => {
  append(2)
  await rebuildNow()
  const positions = await loadPositions(database.pool, 'raddeploy')
  append(1, 2)
  await withClient(database.pool, async (blocker) => {
    const waiting = (query: string): Promise<void> =>
      vi.waitFor(async () => {
        const { rowCount } = await database.pool.query(
          `select 1 from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock' and query like $1`,
          [query],
        )
        expect(rowCount).toBe(1)
      }, 10_000)
    await blocker.query('begin; lock table raddeploy.events in exclusive mode')
    const live = withClient(database.pool, (client) =>
      project(client, { schema: 'raddeploy', projections, positions }, log.records()),
    )
    await waiting('insert into "raddeploy"."events"%')
    const rebuilt = rebuildNow()
    await waiting('lock table "raddeploy"."projection_offsets"%')
    await blocker.query('commit')
    await live
    await rebuilt
  })
  expect(await rowsIn(database.pool, 'repeated_records')).toEqual([])
  expect(await rowsIn(database.pool, 'events')).toHaveLength(log.records().length)
})

test('the new tables are never behind those they replace', async () => {
  append(3)
  await rebuildNow()
  let calls = 0
  const source: Source = {
    read: (from, signal) => log.read(from, signal),
    partitions: async () => {
      const bounds = await log.partitions()
      // Each time the rebuild has looked how long the log is, the log grows and the live tables follow.
      if (calls++ < 2) {
        append(1, 3 + calls)
        await projectInto(database.pool, 'raddeploy', log.records())
      }
      return bounds
    },
  }
  await rebuildNow({ source })
  expect(calls).toBeGreaterThan(2)
  expect(await rowsIn(database.pool, 'events')).toHaveLength(log.records().length)
})

test('a rebuild that is stopped leaves the live tables as they are, and the next one succeeds', async () => {
  append(5)
  await rebuildNow()
  const live = await tableDigest(database.pool)
  const abort = new AbortController()
  const stopped = rebuildNow({ signal: abort.signal, progress: (done) => done > 0n && abort.abort() })
  await expect(stopped).rejects.toThrow()
  expect(await tableDigest(database.pool)).toEqual(live)
  await rebuildNow()
  expect(await tableDigest(database.pool)).toEqual(live)
  expect(await schemas()).toEqual(['raddeploy'])
})

test('a rebuild while another is under way is refused', async () => {
  append(5)
  let refused: Promise<unknown> | undefined
  await rebuildNow({
    progress: () => {
      refused ??= expect(rebuildNow()).rejects.toMatchObject({ code: 'RD_PROJECTION_CONFLICT' })
    },
  })
  await refused
})

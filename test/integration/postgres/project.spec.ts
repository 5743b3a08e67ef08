import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test, vi } from 'vitest'
import { type Recorded } from '../../../core/event/event.ts'
import { deterministicId } from '../../../core/event/id.ts'
import { withClient } from '../../../infra/postgres/pool.ts'
import { projections } from '../../../projections/index.ts'
import { tableDigest } from '../../../projections/runtime/digest.ts'
import { loadPositions } from '../../../projections/runtime/positions.ts'
import { project } from '../../../projections/runtime/project.ts'
import { type Database, freshDatabase } from '../../support/database.ts'
import { an } from '../../support/events.ts'
import { ImaginedLog } from '../../support/imaginedLog.ts'
import { deadLettered, story } from '../../support/story.ts'
import { createTables, projectInto, rowsIn } from '../../support/tables.ts'

let database: Database
let log: ImaginedLog
beforeAll(async () => {
  database = await freshDatabase(inject('endpoints').postgres.url)
})
beforeEach(async () => {
  log = new ImaginedLog()
  await createTables(database.pool, 'raddeploy')
})
afterEach(() => database.pool.query('drop schema raddeploy cascade'))
afterAll(() => database.drop())

const plot = { name: 'a', instances: 3, flows: 1, lost: false, failed: false, attempts: 1 }
const count = async (table: string): Promise<number> => (await rowsIn(database.pool, table)).length

test('every event is a row with its position, and the tables follow from it', async () => {
  log.append(...story(plot))
  await projectInto(database.pool, 'raddeploy', log.records())
  expect(await count('events')).toBe(log.records().length)
  expect(await rowsIn(database.pool, 'runs')).toMatchObject([
    { run_id: 'a-run-0', status: 'finished', flow_name: 'flow-0', duration_ms: expect.any(String) as string },
  ])
  expect(await rowsIn(database.pool, 'models')).toMatchObject([{ status: 'finished', image: 'model:1' }])
  expect(await rowsIn(database.pool, 'deliveries')).toMatchObject([{ status: 'finished', host: 'tps' }])
  expect(await rowsIn(database.pool, 'instances')).toHaveLength(4)
  const [event] = await rowsIn(database.pool, 'events')
  expect(event).toMatchObject({ topic: 'raddeploy.arrivals', type: 'AssociationOpened' })
})

test('a repeated id counts once, in the same batch and in a later one', async () => {
  const [opened] = log.append(an.associationOpened())
  const first = log.appendAt(opened!.at.topic, opened!.at.partition, opened!)
  await projectInto(database.pool, 'raddeploy', log.records())
  const second = log.appendAt(opened!.at.topic, opened!.at.partition, opened!)
  await projectInto(database.pool, 'raddeploy', [second])
  expect(await rowsIn(database.pool, 'events')).toMatchObject([{ offset: '0', id: opened!.meta.id }])
  expect(await count('associations')).toBe(1)
  expect(await rowsIn(database.pool, 'repeated_records')).toMatchObject([
    { offset: String(first.at.offset), id: opened!.meta.id },
    { offset: String(second.at.offset), type: 'AssociationOpened' },
  ])
})

test('a repeated id says nothing, even where the record says something else', async () => {
  const [failed] = log.append(an.workerJoined({ slots: 2 }))
  await projectInto(database.pool, 'raddeploy', log.records())
  const lie = { ...failed!, data: { ...failed!.data, slots: 99 } } as Recorded
  await projectInto(database.pool, 'raddeploy', [log.appendAt('raddeploy.workers', 0, lie)])
  expect(await rowsIn(database.pool, 'workers')).toMatchObject([{ slots: 2 }])
})

test('an event of an unknown type is kept without its payload, and counted', async () => {
  const { stream, meta } = an.associationOpened()
  log.appendAt('raddeploy.arrivals', 0, { unknown: 'InstanceErased', stream, meta })
  await projectInto(database.pool, 'raddeploy', log.records())
  expect(await rowsIn(database.pool, 'events')).toMatchObject([{ type: 'InstanceErased', payload: null }])
  expect(await rowsIn(database.pool, 'event_counts')).toMatchObject([
    { type: 'InstanceErased', known: false, events: '1' },
  ])
})

test('a record that is no event moves the offset and is named', async () => {
  const undecodable = { code: 'RD_EVENT_UNDECODABLE' as const, message: 'no magic byte' }
  log.appendAt('raddeploy.runs', 2, { undecodable })
  const positions = await projectInto(database.pool, 'raddeploy', log.records())
  expect(positions.get('raddeploy.runs/2')).toBe(1n)
  expect(await rowsIn(database.pool, 'log_records')).toMatchObject([
    { topic: 'raddeploy.runs', partition: 2, offset: '0', counts_as: 'undecodable' },
  ])
})

test('an event that cannot be projected is named and does not stop the rest', async () => {
  const poison = an.runCreated({ runId: 'poison' })
  log.append(an.runCreated({ runId: 'before' }))
  log.append({ ...poison, meta: { ...poison.meta, time: 'yesterday' } }, an.runCreated({ runId: 'after' }))
  // No index takes a key of this length that does not compress.
  const noise = Array.from({ length: 400 }, (_, index) => deterministicId('noise', index)).join('')
  log.append(an.runCreated({ runId: noise }))
  await projectInto(database.pool, 'raddeploy', log.records())
  const named = await rowsIn(database.pool, 'undecodable_records')
  expect(named).toHaveLength(2)
  expect(named.map(({ reason }) => String(reason)).toSorted()).toEqual([
    expect.stringContaining('index row') as string,
    expect.stringContaining('yesterday is no time') as string,
  ])
  expect((await rowsIn(database.pool, 'runs')).map((run) => run['run_id']).toSorted()).toEqual([
    'after',
    'before',
  ])
})

test('bytes that Postgres does not take as text are kept readable', async () => {
  log.append(an.associationOpened({ calledAeTitle: 'RAD\0\0', scp: '\ud83d' }), deadLettered(4))
  await projectInto(database.pool, 'raddeploy', log.records())
  expect(await rowsIn(database.pool, 'associations')).toMatchObject([
    { called_ae: 'RAD\u2400\u2400', scp: '\ufffd' },
  ])
  expect(await rowsIn(database.pool, 'dead_letters')).toMatchObject([{ offset: '4', value_bytes: 2 }])
  expect(await count('undecodable_records')).toBe(0)
})

test('a projector that is killed in the midst of a transaction leaves nothing', async () => {
  log.append(...story(plot))
  const empty = await tableDigest(database.pool)
  await withClient(database.pool, async (blocker) => {
    // It has moved its offsets and kept the events when it comes to the runs, and waits there.
    await blocker.query('begin; lock table raddeploy.runs in exclusive mode')
    const victim = await database.pool.connect()
    victim.on('error', () => undefined)
    const { rows } = await victim.query<{ pid: number }>('select pg_backend_pid() as pid')
    const projecting = project(
      victim,
      { schema: 'raddeploy', projections, positions: new Map() },
      log.records(),
    ).finally(() => victim.release(true))
    const killed = expect(projecting).rejects.toThrow()
    await vi.waitFor(async () => {
      const waiting = await database.pool.query(
        `select 1 from pg_stat_activity where pid = $1 and wait_event_type = 'Lock'`,
        [rows[0]!.pid],
      )
      expect(waiting.rowCount).toBe(1)
    }, 10_000)
    await database.pool.query('select pg_terminate_backend($1)', [rows[0]!.pid])
    await killed
    await blocker.query('commit')
  })
  expect(await tableDigest(database.pool)).toEqual(empty)
  expect(await loadPositions(database.pool, 'raddeploy')).toEqual(new Map())
  await projectInto(database.pool, 'raddeploy', log.records())
  expect(await count('events')).toBe(log.records().length)
})

test('who comes second with the same offsets is told so and writes nothing', async () => {
  log.append(...story(plot))
  const [first, ...rest] = log.records()
  await projectInto(database.pool, 'raddeploy', [first!])
  const stale = withClient(database.pool, (client) =>
    project(client, { schema: 'raddeploy', projections, positions: new Map() }, [first!, ...rest]),
  )
  await expect(stale).rejects.toMatchObject({ code: 'RD_PROJECTION_CONFLICT' })
  expect(await count('events')).toBe(1)
})

test('every table, view and column says what it is', async () => {
  const { rows } = await database.pool.query(
    `select c.relname, a.attname from pg_class c join pg_namespace n on n.oid = c.relnamespace
     left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and c.relkind = 'r'
     where n.nspname = 'raddeploy' and c.relkind in ('r', 'v') and c.relname <> 'schema_migrations'
       and (obj_description(c.oid) is null or a.attnum is not null and col_description(c.oid, a.attnum) is null)`,
  )
  expect(rows).toEqual([])
})

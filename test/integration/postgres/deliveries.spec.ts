import fc from 'fast-check'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { progressed } from '../../../core/delivery/progress.ts'
import { type Recorded } from '../../../core/event/event.ts'
import { evolve } from '../../../processors/scu/evolve.ts'
import { type Delivery, type ScuIn, noDelivery } from '../../../processors/scu/state.ts'
import {
  listDeliveries,
  listDestinations,
  queuedAt,
  sentToByName,
  showDelivery,
} from '../../../projections/deliveries/queries.ts'
import { listRuns } from '../../../projections/overview/queries.ts'
import { type Database, freshDatabase } from '../../support/database.ts'
import { an } from '../../support/events.ts'
import { ImaginedLog } from '../../support/imaginedLog.ts'
import { deliveryEnd } from '../../support/story.ts'
import { createTables, projectInto } from '../../support/tables.ts'

let database: Database
beforeAll(async () => {
  database = await freshDatabase(inject('endpoints').postgres.url)
})
afterAll(() => database.drop())

/** Any words about one delivery in any order, those that exclude each other among them. */
const history = (deliveryId: string): fc.Arbitrary<readonly Recorded<ScuIn>[]> => {
  const attempts = fc.nat(4)
  const delivery = attempts.map((made) => {
    const { destination, files, ...rest } = an.deliveryQueued().data
    const { runId, flowName, lineage, sender, input } = rest
    return { runId, flowName, lineage, sender, input, destination, files, attempts: made, results: null }
  })
  const word = fc.oneof(
    fc.integer({ min: 1, max: 3 }).map((attempt) => an.deliveryAttempted({ deliveryId, attempt })),
    fc
      .integer({ min: 1, max: 4 })
      .map((made) => deliveryEnd('DeliveryFailed', deliveryId, 'run-1', made) as Recorded<ScuIn>),
    fc.constant(1).map(() => an.deliveryDropped({ deliveryId })),
    delivery.map((known) => an.deliveryReopened({ deliveryId, delivery: known })),
    delivery.map((known) => an.deliveryRedirected({ deliveryId, delivery: known })),
  )
  return fc.tuple(fc.array(word, { maxLength: 7 }), fc.integer({ min: 0, max: 30 })).map(([words, at]) => {
    const finished = deliveryEnd('DeliveryFinished', deliveryId, 'run-1', 1) as Recorded<ScuIn>
    const ended = at < words.length ? [...words.slice(0, at), finished, ...words.slice(at)] : words
    return [an.deliveryQueued({ deliveryId }), ...ended]
  })
}

test('the tables say of every delivery what the SCU makes of it, whatever stands on the log', async () => {
  await createTables(database.pool, 'random')
  const log = new ImaginedLog()
  const told = fc
    .sample(fc.uuid(), 300)
    .flatMap((deliveryId) => fc.sample(history(deliveryId), 1).map((words) => log.append(...words)))
  await projectInto(database.pool, 'random', log.records())
  const rows = await listDeliveries({ ...database, schema: 'random' }, { limit: 1000 })
  const status = new Map(rows.map((row) => [row.deliveryId, row.status]))
  const seen = new Map<string, number>()
  for (const words of told) {
    // What says the same for the same cause is one event.
    const once = words.filter(({ meta }, at) => words.findIndex((one) => one.meta.id === meta.id) === at)
    const { ended = 'pending' } = once.reduce<Delivery>(
      (state, event) => evolve(state, event as Recorded<ScuIn>),
      noDelivery,
    )
    seen.set(ended, (seen.get(ended) ?? 0) + 1)
    expect([words.map(({ type }) => type), status.get(words[0]!.stream)]).toEqual([
      words.map(({ type }) => type),
      ended,
    ])
  }
  expect([...seen.keys()].sort()).toEqual(['dropped', 'failed', 'finished', 'pending'])
})

test('a delivery is shown with where it goes, what was tried and who had a hand in it', async () => {
  await createTables(database.pool, 'raddeploy')
  const log = new ImaginedLog()
  const queued = log.append(an.deliveryQueued({ deliveryId: 'abc-1', runId: 'run-9' }))[0]!
  const attempted = an.deliveryAttempted({
    ...{ deliveryId: 'abc-1', succeeded: 0, failed: 1, error: 'no', destination: 'TPS@tps:104' },
  })
  const state = [queued, attempted].reduce<ReturnType<typeof progressed>>(
    (known, event) => progressed(known, event as Recorded<'DeliveryQueued'>),
    undefined,
  )!
  log.append(
    attempted,
    an.deliveryRedirected({ deliveryId: 'abc-1', by: 'anna', reason: 'moved', delivery: state }),
    an.runCreated({ runId: 'run-9' }),
    an.deliveryQueued({ deliveryId: 'abd-1', runId: 'run-9' }),
    an.deliveryDropped({ deliveryId: 'abd-1', runId: 'run-9', by: 'bert', reason: 'not needed' }),
    an.destinationPaused({ destination: 'PACS@pacs:104', by: 'anna', reason: 'maintenance' }),
    an.destinationPaused({ destination: 'OLD@old:104' }),
    an.destinationResumed({ destination: 'OLD@old:104' }),
  )
  await projectInto(database.pool, 'raddeploy', log.records())

  const { delivery, attempts, history: told } = await showDelivery(database, 'abc')
  expect(delivery).toMatchObject({
    ...{ status: 'pending', destination: 'TPS@tps:104', sendsTo: 'PACS@pacs:104', redirectedBy: 'anna' },
    ...{ pausedBy: 'anna', pausedReason: 'maintenance', lastError: 'no' },
  })
  expect(attempts).toMatchObject([{ attempt: 1, failed: 1, destination: 'TPS@tps:104' }])
  expect(told.map(({ type }) => type)).toEqual([
    ...['DeliveryQueued', 'DeliveryAttempted', 'DeliveryRedirected'],
  ])
  expect(await listDeliveries(database, { status: 'dropped' })).toMatchObject([
    { deliveryId: 'abd-1', droppedBy: 'bert', reason: 'not needed', pausedAt: null },
  ])
  expect(await listDeliveries(database, { destination: 'PACS@pacs:104' })).toHaveLength(1)
  expect(await listDestinations(database)).toMatchObject([
    { name: 'OLD@old:104', kind: null, pausedAt: null, pending: 0 },
    { name: 'PACS@pacs:104', kind: 'dimse', pausedBy: 'anna', pending: 1, lastErrorAt: null },
    { name: 'TPS@tps:104', kind: 'dimse', pending: 0, dropped: 1, lastError: 'no' },
  ])
  expect(await listRuns(database)).toMatchObject([
    { deliveries: 2, deliveriesDropped: 1, deliveryStatus: 'pending' },
  ])
  expect(await queuedAt(database, ['abc-1'])).toEqual([{ deliveryId: 'abc-1', queuedAt: queued.at.offset }])
  expect(await sentToByName(database, 'TPS@tps:104')).toEqual(an.deliveryQueued().data.destination)
  expect(await sentToByName(database, 'PACS@pacs:104')).toBeUndefined()
})

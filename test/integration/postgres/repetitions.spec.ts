import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { instanceRepetitions } from '../../../projections/instances/queries.ts'
import { type Database, freshDatabase } from '../../support/database.ts'
import { an } from '../../support/events.ts'
import { ImaginedLog } from '../../support/imaginedLog.ts'
import { instanceRefused } from '../../support/story.ts'
import { createTables, projectInto } from '../../support/tables.ts'

let database: Database
beforeAll(async () => {
  database = await freshDatabase(inject('endpoints').postgres.url)
  await createTables(database.pool, 'raddeploy')
  const log = new ImaginedLog()
  const came = (associationId: string, ordinal: number, sopInstanceUid: string, content: string | null) =>
    log.append(
      an.instanceStored({
        ...{ associationId, ordinal, sopInstanceUid, datasetSha256: content },
        object: { key: `${associationId}/${ordinal}`, size: 1, sha256: `file of ${associationId}` },
      }),
    )
  came('morning', 1, '1.1', 'head')
  came('morning', 2, '1.2.9', 'neck')
  came('morning', 3, '1.1', 'head')
  came('noon', 1, '1.1', 'foot')
  came('noon', 2, '1.3', null)
  log.append(instanceRefused({ associationId: 'noon', ordinal: 3 }))
  came('evening', 1, '1.1', 'foot')
  came('evening', 2, '1.1', 'hand')
  came('evening', 3, '1.2.9', null)
  came('evening', 4, '1.3', 'knee')
  await projectInto(database.pool, 'raddeploy', log.records())
})
afterAll(() => database.drop())

const told = (rows: Awaited<ReturnType<typeof instanceRepetitions>>): string[] =>
  rows.map((row) => {
    const of = row.ofAssociationId === null ? '' : ` of ${row.ofAssociationId} ${row.ofOrdinal}`
    return `${row.associationId} ${row.ordinal} ${row.sopInstanceUid} ${row.repetition}${of}`
  })

test('the same content under a SOP Instance UID is a duplicate, other content is different; both are kept', async () => {
  expect(told(await instanceRepetitions(database, { sopInstanceUid: '1.1' }))).toEqual([
    'morning 1 1.1 first',
    'morning 3 1.1 duplicate of morning 1',
    'noon 1 1.1 different of morning 1',
    'evening 1 1.1 duplicate of noon 1',
    'evening 2 1.1 different of morning 1',
  ])
})

test('a refused instance repeats nothing and is repeated by none; of what has no hash nothing is claimed', async () => {
  expect(told(await instanceRepetitions(database, { sopInstanceUid: '1.2.9' }))).toEqual([
    'morning 2 1.2.9 first',
    'evening 3 1.2.9 unknown of morning 2',
  ])
  expect(told(await instanceRepetitions(database, { sopInstanceUid: '1.3' }))).toEqual([
    'noon 2 1.3 first',
    'evening 4 1.3 unknown of noon 2',
  ])
})

test('what the associations of a bundle repeat is asked for at once', async () => {
  const rows = await instanceRepetitions(database, {
    associationIds: ['noon', 'morning'],
    onlyRepeated: true,
  })
  expect(told(rows)).toEqual(['morning 3 1.1 duplicate of morning 1', 'noon 1 1.1 different of morning 1'])
})

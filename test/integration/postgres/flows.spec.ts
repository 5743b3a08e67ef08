import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { findFlowVersion, flowHistory } from '../../../projections/flows/history.ts'
import { type Database, freshDatabase } from '../../support/database.ts'
import { ImaginedLog } from '../../support/imaginedLog.ts'
import { flowDefined, flowPaused, flowResumed, flowRetired } from '../../support/story.ts'
import { createTables, projectInto } from '../../support/tables.ts'

const first = `abcdef01${'0'.repeat(56)}`
const second = `abcdef02${'0'.repeat(56)}`
const other = `12345678${'0'.repeat(56)}`
const gone = `deadbe0f${'0'.repeat(56)}`

const defined = (name: string, version: string, hash: string) => {
  const event = flowDefined(name, version)
  return { ...event, data: { ...event.data, hash, source: `name: ${name}\nversion: '${version}' # é\n` } }
}

let database: Database
beforeAll(async () => {
  database = await freshDatabase(inject('endpoints').postgres.url)
  await createTables(database.pool, 'raddeploy')
  const log = new ImaginedLog()
  log.append(defined('contour', '1', first), defined('contour', '2', second), defined('other', '1', other))
  log.append(flowPaused('contour'), flowResumed('contour'), defined('contour', '1 again', first))
  const paused = flowPaused('contour')
  log.append(
    { ...paused, meta: { ...paused.meta, id: randomUUID() } },
    defined('gone', '1', gone),
    flowRetired('gone'),
  )
  // named as if it were a hash
  log.append(defined('deadbe', '1', `99${'0'.repeat(62)}`))
  await projectInto(database.pool, 'raddeploy', log.records())
})
afterAll(() => database.drop())

describe('a version of a flow', () => {
  test('is found by the name of the flow where it is in force, though paused', async () => {
    expect(await findFlowVersion(database, 'contour')).toMatchObject({
      ...{ name: 'contour', version: '1 again', hash: first, definition: '{}', file: 'flow.yaml' },
      ...{ source: `name: contour\nversion: '1 again' # é\n`, appliedBy: 'a', inForce: true },
    })
  })

  test('is found by its hash, or six letters of it, whether it is in force or not; the last time it was applied', async () => {
    expect(await findFlowVersion(database, second)).toMatchObject({ version: '2', inForce: false })
    expect(await findFlowVersion(database, 'ABCDEF02')).toMatchObject({ version: '2' })
    expect(await findFlowVersion(database, 'abcdef01')).toMatchObject({ version: '1 again', inForce: true })
    expect(await findFlowVersion(database, '123456')).toMatchObject({ name: 'other' })
    expect(await findFlowVersion(database, gone)).toMatchObject({ name: 'gone', inForce: false })
  })

  test('is that of a name before that of a hash', async () =>
    expect(await findFlowVersion(database, 'deadbe')).toMatchObject({ name: 'deadbe' }))

  test.each([
    ['abcdef', 'RD_USAGE', 'several versions begin with abcdef'],
    ['12345', 'RD_NOT_FOUND', 'no flow 12345 is in force'],
    ['fedcba', 'RD_NOT_FOUND', 'no flow fedcba is in force'],
    ['gone', 'RD_NOT_FOUND', 'the flow gone was retired; its last version is deadbe0f0000'],
  ])('%s is refused', (id, code, message) =>
    expect(findFlowVersion(database, id)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    }),
  )
})

describe('the history of a flow', () => {
  test('has every change, the newest first', async () => {
    const none = { version: null, hash: null, file: null }
    expect(await flowHistory(database, 'contour')).toMatchObject([
      { change: 'paused', by: 'c', reason: 'too slow', ...none },
      { change: 'defined', by: 'a', reason: null, version: '1 again', hash: first, file: 'flow.yaml' },
      { change: 'resumed', by: 'd', reason: null, ...none },
      { change: 'paused' },
      { change: 'defined', version: '2', hash: second },
      { change: 'defined', version: '1', hash: first, time: expect.stringMatching(/Z$/) as string },
    ])
    expect(await flowHistory(database, 'gone')).toMatchObject([
      { change: 'retired', by: 'b', ...none },
      { change: 'defined', hash: gone },
    ])
  })

  test('of a flow that never was is not found', () =>
    expect(flowHistory(database, 'never')).rejects.toMatchObject({ code: 'RD_NOT_FOUND' }))
})

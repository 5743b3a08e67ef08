import { type Socket } from 'node:net'
import dimse from 'dcmjs-dimse'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { RadDeployError } from '../../../../core/error/error.ts'
import { type Fact, type Recorded } from '../../../../core/event/event.ts'
import { associationHandler } from '../../../../producers/scp/association.ts'
import { scpConfigSchema } from '../../../../producers/scp/config.ts'
import { recorded } from '../../../support/events.ts'
import { until } from '../../../support/until.ts'

const config = scpConfigSchema.parse({ name: 'ward:11112' })
const socket = { remoteAddress: '::ffff:10.0.0.1' } as Socket

/** An association of our AE title that proposes nothing, and all that was emitted; `away` says what fails how often. */
const handlerOf = (away: Partial<Record<Fact['type'], number>> = {}) => {
  const said: Fact[] = []
  const emit = (fact: Fact): Promise<Recorded> => {
    const left = away[fact.type] ?? 0
    away[fact.type] = left - 1
    if (left > 0) return Promise.reject(new RadDeployError('RD_KAFKA_UNAVAILABLE', 'Kafka is away'))
    said.push(fact)
    return Promise.resolve(recorded(fact))
  }
  const alive = new Set<string>()
  const stopped = new AbortController()
  const parts = { emit, pseudonymKey: Buffer.alloc(32), logger: pino({ level: 'silent' }) }
  const handler = associationHandler(config, { ...parts, store: undefined as never }, alive, stopped.signal)
  return { handler, said, alive, stopped }
}
const request = (maxPduLength = 16384) => {
  const association = new dimse.association.Association('SCANNER', 'RADDEPLOY')
  association.setMaxPduLength(maxPduLength)
  return association as Parameters<ReturnType<typeof associationHandler>['requested']>[0]
}
const released = { how: 'released', reason: null } as const

test('an association is opened and closed on the log, and alive in between', async () => {
  const { handler, said, alive } = handlerOf()
  expect(await handler.requested(request(), socket)).toBeUndefined()
  expect(alive.size).toBe(1)
  await handler.closed(released)
  expect(alive.size).toBe(0)
  expect(said.map(({ type }) => type)).toEqual(['AssociationOpened', 'AssociationClosed'])
})

test('an end that cannot be put on the log is said until it is, and the association is ours until then', async () => {
  const { handler, said, alive, stopped } = handlerOf({ AssociationClosed: 2 })
  await handler.requested(request(), socket)
  await expect(handler.closed(released)).rejects.toMatchObject({ code: 'RD_KAFKA_UNAVAILABLE' })
  expect(alive.size).toBe(1)
  await until(() => said.length === 2, 'its end')
  expect(said.at(-1)).toMatchObject({ type: 'AssociationClosed', data: { how: 'released' } })
  await until(() => alive.size === 0, 'that it is over')
  stopped.abort()
})

test('an association that cannot be put on the log is rejected and is not ours', async () => {
  const { handler, said, alive } = handlerOf({ AssociationOpened: 1 })
  expect(await handler.requested(request(), socket)).toEqual({ result: 2, source: 3, reason: 1 })
  expect(alive.size).toBe(0)
  expect(said).toEqual([])
})

test('a peer that takes PDUs of any length is noted with the longest that an event can hold', async () => {
  const { handler, said } = handlerOf()
  await handler.requested(request(0xffffffff), socket)
  expect(said[0]!.data).toMatchObject({ maxPduLength: 0x7fffffff })
})

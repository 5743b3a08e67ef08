import { type Socket } from 'node:net'
import dimse from 'dcmjs-dimse'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { RadDeployError } from '../../../../core/error/error.ts'
import { type Fact, type Recorded } from '../../../../core/event/event.ts'
import { Opened } from '../../../../producers/intake/opened.ts'
import { associationHandler } from '../../../../producers/scp/association.ts'
import { scpConfigSchema } from '../../../../producers/scp/config.ts'
import { Refusals } from '../../../../producers/scp/refusals.ts'
import { recorded } from '../../../support/events.ts'
import { until } from '../../../support/until.ts'

const open = scpConfigSchema.parse({ name: 'ward:11112' })
const socket = { remoteAddress: '::ffff:10.0.0.1' } as Socket

/** An association of our AE title that proposes nothing, and all that was emitted; `away` says what fails how often. */
const handlerOf = (away: Partial<Record<Fact['type'], number>> = {}, config = open) => {
  const said: Fact[] = []
  const emit = (fact: Fact): Promise<Recorded> => {
    const left = away[fact.type] ?? 0
    away[fact.type] = left - 1
    if (left > 0) return Promise.reject(new RadDeployError('RD_KAFKA_UNAVAILABLE', 'Kafka is away'))
    said.push(fact)
    return Promise.resolve(recorded(fact))
  }
  const alive = new Map<string, string>()
  const stopped = new AbortController()
  const logger = pino({ level: 'silent' })
  const parts = { emit, pseudonymKey: Buffer.alloc(32), logger, store: undefined as never }
  const refusals = new Refusals(config.name, parts)
  const handler = associationHandler({
    config,
    parts,
    alive,
    opened: new Opened(),
    refusals,
    stopped: stopped.signal,
  })
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
  expect(await handler.requested(request(), socket)).toEqual({})
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

test('an association that is rejected since it could not be put on the log is closed there, lest it was', async () => {
  const { handler, said, stopped } = handlerOf({ AssociationOpened: 1 })
  await handler.requested(request(), socket)
  await until(() => said.some(({ type }) => type === 'AssociationClosed'), 'its end')
  const [opened, closed] = ['AssociationOpened', 'AssociationClosed'].map((one) =>
    said.find(({ type }) => type === one),
  )
  expect(closed).toMatchObject({ stream: opened!.stream, data: { how: 'aborted', stored: 0, refused: 0 } })
  stopped.abort()
})

test('an association that cannot be put on the log is rejected and is not ours', async () => {
  const { handler, said, alive } = handlerOf({ AssociationOpened: 1 })
  expect(await handler.requested(request(), socket)).toEqual({ result: 2, source: 3, reason: 1 })
  expect(alive.size).toBe(0)
  expect(said.filter(({ type }) => type === 'AssociationRefused')).toMatchObject([
    {
      type: 'AssociationRefused',
      stream: 'ward:11112',
      data: {
        calling: { aeTitle: 'SCANNER', host: '10.0.0.1' },
        ...{ calledAeTitle: 'RADDEPLOY', via: 'dimse', result: 2, source: 3, diagnostic: 1, tls: null },
        reason: 'it could not be put on the log: Kafka is away',
      },
    },
  ])
})

test('an association is under the policy of its AE title: its terms, and the flows it may trigger', async () => {
  const config = scpConfigSchema.parse({
    name: 'ward:11112',
    entities: [
      { aeTitle: 'OTHER' },
      {
        aeTitle: 'RADDEPLOY',
        flows: ['lung-*'],
        ...{ idleSeconds: 5, artimSeconds: 2, maxPduLength: 16_384, maxAssociations: 1 },
      },
    ],
  })
  const { handler, said, alive } = handlerOf({}, config)
  const terms = { idleMs: 5000, artimMs: 2000, maxPduLength: 16_384 }
  expect(await handler.requested(request(), socket)).toEqual(terms)
  expect(said[0]!.data).toMatchObject({ flows: ['lung-*'], via: 'dimse', tls: null, clientCertificate: null })
  expect([...alive.values()]).toEqual(['RADDEPLOY'])
})

test('a refusal neither waits for Kafka nor fails by it', async () => {
  const { handler, said } = handlerOf(
    { AssociationRefused: 1 },
    scpConfigSchema.parse({ name: 'ward', aeTitle: 'X' }),
  )
  expect(await handler.requested(request(), socket)).toEqual({ result: 1, source: 1, reason: 7 })
  expect(said).toEqual([])
})

test('a peer that takes PDUs of any length is noted with the longest that an event can hold', async () => {
  const { handler, said } = handlerOf()
  await handler.requested(request(0xffffffff), socket)
  expect(said[0]!.data).toMatchObject({ maxPduLength: 0x7fffffff })
})

import { randomUUID } from 'node:crypto'
import { text } from 'node:stream/consumers'
import Dockerode from 'dockerode'
import pg from 'pg'
import { pino } from 'pino'
import { expect, inject } from 'vitest'
import { fullName } from '../../../core/event/cloudEvents.ts'
import { published } from '../../../core/event/publish.ts'
import { type EmbeddedEndpoints as Endpoints } from '../../../infra/embedded/endpoints.ts'
import { kafkaClient } from '../../../infra/kafka/client.ts'
import { Codec, isEvent } from '../../../infra/kafka/codec.ts'
import { Publisher } from '../../../infra/kafka/publisher.ts'
import { boundsOf, read } from '../../../infra/kafka/reader.ts'
import { ensureTopics } from '../../../infra/kafka/topics.ts'
import { ObjectStore } from '../../../infra/s3/store.ts'

const names = ['kafka', 'registry', 's3', 'postgres', 'docker'] as const
/** For each server: looks whether what was left there is there still. Rejects where it is not. */
export type Keepsakes = Record<(typeof names)[number], () => Promise<void>>

const hasOwnEngine = inject('endpoints').docker.socketPath.startsWith('/run/raddeploy-')
/** The servers that may die: all that are ours. An engine of the machine is not, and others may use it. */
export const servers = names.filter((name) => name !== 'docker' || hasOwnEngine)

const logger = pino({ level: 'silent' })

/** Leaves something with each server, to be asked for after it has died. */
export const leaveKeepsakes = async (endpoints: Endpoints): Promise<Keepsakes> => ({
  registry: await leaveSchema(endpoints),
  kafka: await leaveEvent(endpoints),
  s3: await leaveObject(endpoints),
  postgres: await leaveRow(endpoints),
  docker: hasOwnEngine ? await leaveVolume(endpoints) : () => Promise.resolve(),
})

const leaveSchema = async ({ registry }: Endpoints): Promise<() => Promise<void>> => {
  await new Codec(registry.url).register()
  const url = `${registry.url}/subjects/${fullName('AssociationClosed')}/versions/latest`
  const ask = async (): Promise<unknown> => {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) })
    if (!answer.ok) throw new Error(`the registry answers ${answer.status}`)
    return answer.json()
  }
  const left = await ask()
  return async () => expect(await ask()).toEqual(left)
}

const leaveEvent = async ({ kafka: { brokers }, registry }: Endpoints): Promise<() => Promise<void>> => {
  const kafka = kafkaClient({ brokers, clientId: 'keepsake' }, logger)
  await ensureTopics(kafka, 1)
  const codec = new Codec(registry.url)
  await codec.register()
  const publisher = new Publisher({ kafka, codec, logger })
  const associationId = randomUUID()
  const data = { associationId, how: 'released', stored: 1, refused: 0, reason: null, durationMs: 1 } as const
  const [left] = await publisher.publish([
    published(
      { type: 'AssociationClosed', stream: associationId, data },
      { source: '/test', now: '2026-01-01T00:00:00.000Z' },
    ),
  ])
  await publisher.close()
  return async () => {
    const { topic, partition, offset } = left!.at
    const bounds = await boundsOf(kafka, [topic])
    expect(bounds.find((one) => one.partition === partition)?.high).toBeGreaterThan(offset)
    const end = new AbortController()
    const fresh = new Codec(registry.url)
    const from = [{ topic, partition, offset }]
    for await (const batch of read({ kafka, codec: fresh, logger, from, signal: end.signal })) {
      expect(batch.filter(isEvent)[0]).toEqual(left)
      end.abort()
    }
  }
}

const leaveObject = async ({ s3 }: Endpoints): Promise<() => Promise<void>> => {
  const store = new ObjectStore(s3)
  await store.ensureBucket()
  const key = `keepsakes/${randomUUID()}`
  await store.put(key, Buffer.from('kept'))
  return async () => expect(await text(await store.get(key))).toBe('kept')
}

const leaveRow = async ({ postgres }: Endpoints): Promise<() => Promise<void>> => {
  const query = async (sql: string): Promise<unknown[]> => {
    const client = new pg.Client({ connectionString: postgres.url, connectionTimeoutMillis: 1000 })
    client.on('error', () => undefined)
    try {
      await client.connect()
      return (await client.query<Record<string, unknown>>(sql)).rows
    } finally {
      await client.end().catch(() => undefined)
    }
  }
  await query(`create table keepsake as select 'kept' as what`)
  return async () => expect(await query('select what from keepsake')).toEqual([{ what: 'kept' }])
}

const leaveVolume = async ({ docker }: Endpoints): Promise<() => Promise<void>> => {
  const engine = new Dockerode({ socketPath: docker.socketPath, timeout: 2000 })
  const name = `keepsake-${randomUUID()}`
  await engine.createVolume({ Name: name, Labels: { what: 'kept' } })
  return async () => expect((await engine.getVolume(name).inspect()).Labels).toEqual({ what: 'kept' })
}

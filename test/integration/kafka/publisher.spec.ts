import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Fact } from '../../../core/event/event.ts'
import { partitionOf } from '../../../core/event/partition.ts'
import { published } from '../../../core/event/publish.ts'
import { kafkaClient } from '../../../infra/kafka/client.ts'
import { Codec } from '../../../infra/kafka/codec.ts'
import { Publisher } from '../../../infra/kafka/publisher.ts'
import { read } from '../../../infra/kafka/reader.ts'
import { ensureTopics } from '../../../infra/kafka/topics.ts'
import { an } from '../../support/events.ts'

const { kafka: servers, registry } = inject('endpoints')
const logger = pino({ level: 'silent' })
const kafka = kafkaClient({ ...servers, clientId: 'publisher' }, logger)
const codec = new Codec(registry.url)
const publisher = new Publisher({ kafka, codec, logger, deadlineMs: 20_000 })
beforeAll(async () => {
  await ensureTopics(kafka, 1)
  await codec.register()
})
afterAll(() => publisher.close())

const publish = (fact: Fact) =>
  publisher.publish([published(fact, { source: '/test', now: new Date().toISOString() })])
const unmatched = (reason: string): Fact => {
  const bundleId = randomUUID()
  return { ...an.bundleUnmatched({ bundleId, reason }), stream: bundleId }
}

test('an event that Kafka will never take is refused at once, and those beside it are sent', async () => {
  const began = performance.now()
  const [small, large, next] = await Promise.allSettled([
    publish(unmatched('small')),
    publish(unmatched('x'.repeat(6_000_000))),
    publish(unmatched('next')),
  ])
  expect(large).toMatchObject({ status: 'rejected', reason: { code: 'RD_EVENT_TOO_LARGE' } })
  expect(small.status).toBe('fulfilled')
  expect(next.status).toBe('fulfilled')
  expect(performance.now() - began).toBeLessThan(10_000)
})

test('what was taken beside an event that is refused does not make the next one be lost', async () => {
  const there = (topic: string): string => {
    for (;;) {
      const id = randomUUID()
      if (partitionOf(topic, id) === 1) return id
    }
  }
  const stream = there('raddeploy.bundles')
  const small = (reason: string): Fact => ({ ...an.bundleUnmatched({ bundleId: stream, reason }), stream })
  const deliveryId = there('raddeploy.deliveries')
  const reason = 'x'.repeat(6_000_000)
  const data = { deliveryId, runId: 'run', attempts: 1, reason }
  const large: Fact = { type: 'DeliveryFailed', stream: deliveryId, data }
  await publish(small('first'))
  const both = [small('beside'), large].map((fact) =>
    published(fact, { source: '/test', now: new Date().toISOString() }),
  )
  await expect(publisher.publish(both)).rejects.toMatchObject({ code: 'RD_EVENT_TOO_LARGE' })
  const [next] = await publish(small('next'))
  const stopped = new AbortController()
  for await (const [there] of read({ kafka, codec, logger, from: [next!.at], signal: stopped.signal })) {
    expect(there).toMatchObject({ stream, data: { reason: 'next' } })
    stopped.abort()
  }
  expect(stopped.signal.aborted).toBe(true)
})

test('an event that cannot be encoded does not keep those beside it from being sent', async () => {
  const wrong = { ...unmatched('wrong'), data: { reason: 7 } } as unknown as Fact
  const [broken, good] = await Promise.allSettled([publish(wrong), publish(unmatched('good'))])
  expect(broken.status).toBe('rejected')
  expect(good.status).toBe('fulfilled')
})

test('events of one stream keep the order in which they were published', async () => {
  const bundleId = randomUUID()
  const recorded = await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      publish({ ...an.bundleUnmatched({ bundleId, reason: String(i) }), stream: bundleId }),
    ),
  )
  const offsets = recorded.map(([one]) => one!.at.offset)
  expect(offsets).toEqual(offsets.map((_, i) => offsets[0]! + BigInt(i)))
})

import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, expect, inject, test } from 'vitest'
import { published } from '../../../core/event/publish.ts'
import { type Fact, type Recorded } from '../../../core/event/event.ts'
import { kafkaClient } from '../../../infra/kafka/client.ts'
import { Codec } from '../../../infra/kafka/codec.ts'
import { Publisher } from '../../../infra/kafka/publisher.ts'
import { ensureTopics } from '../../../infra/kafka/topics.ts'
import { drive } from '../../../processors/runtime/drive.ts'
import { type Processor } from '../../../processors/runtime/processor.ts'
import { an } from '../../support/events.ts'
import { until } from '../../support/until.ts'

const { kafka: servers, registry } = inject('endpoints')
const logger = pino({ level: 'silent' })
const kafka = kafkaClient({ ...servers, clientId: 'restore' }, logger)
const codec = new Codec(registry.url)
const publisher = new Publisher({ kafka, codec, logger })
afterAll(() => publisher.close())

const publish = (fact: Fact) =>
  publisher.publish([published(fact, { source: '/test', now: new Date().toISOString() })])

type In = 'InstanceStored' | 'BundleUnmatched'
interface Counted {
  readonly stored: number
  readonly over: boolean
}

/** Counts the instances of a stream until its bundle is explained, and says how many it knew of then. */
const counting = (
  name: string,
  seen: number[],
  read: { count: number },
): Processor<Counted, In, 'BundleUnmatched'> => ({
  name,
  reads: ['InstanceStored', 'BundleUnmatched'],
  writes: [],
  scope: 'stream',
  decider: {
    initial: { stored: 0, over: false },
    evolve: ({ stored, over }, event: Recorded<In>) => {
      read.count += 1
      return event.type === 'InstanceStored' ? { stored: stored + 1, over } : { stored, over: true }
    },
    decide: ({ stored }, event) => {
      if (event.type === 'BundleUnmatched') seen.push(stored)
      return []
    },
    isOpen: ({ stored, over }) => stored > 0 && !over,
  },
})

test('a state that needs many fetches to restore is whole when the first event after it is decided on', async () => {
  await ensureTopics(kafka, 1)
  await codec.register()
  const [name, stream] = [`test-${randomUUID()}`, randomUUID()]
  const options = { kafka, codec, publisher, logger, instance: 'test', concurrency: 1 }

  const before = { count: 0 }
  const first = await drive(counting(name, [], before), options)
  const instances = 60
  for (let ordinal = 1; ordinal <= instances; ordinal++)
    await publish({ ...an.instanceStored({ associationId: stream, ordinal }), stream })
  await until(() => before.count >= instances, 'the instances')
  await first.stop()

  await publish({ ...an.bundleUnmatched({ bundleId: stream }), stream })
  const seen: number[] = []
  const second = await drive(counting(name, seen, { count: 0 }), { ...options, fetchBytes: 2048 })
  await until(() => seen.length > 0, 'the decision', 30_000)
  await second.stop()
  expect(seen).toEqual([instances])
})

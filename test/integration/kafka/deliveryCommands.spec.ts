import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import { nameOf } from '../../../core/delivery/destination.ts'
import { type Fact, type Recorded } from '../../../core/event/event.ts'
import { published } from '../../../core/event/publish.ts'
import { kafkaClient } from '../../../infra/kafka/client.ts'
import { Codec, isEvent } from '../../../infra/kafka/codec.ts'
import { consume, placeKey } from '../../../infra/kafka/consumer.ts'
import { emitter } from '../../../infra/kafka/emitter.ts'
import { Publisher } from '../../../infra/kafka/publisher.ts'
import { boundsOf, read } from '../../../infra/kafka/reader.ts'
import { ensureTopics } from '../../../infra/kafka/topics.ts'
import { type Driving, drive } from '../../../processors/runtime/drive.ts'
import { metadataOf } from '../../../processors/runtime/restore.ts'
import { type Attempt, scu } from '../../../processors/scu/index.ts'
import { attemptsOf } from '../../../processors/scu/state.ts'
import {
  type DeliveryCommand,
  commandDeliveries,
  commandDestination,
} from '../../../producers/commands/index.ts'
import { an, mount } from '../../support/events.ts'
import { until } from '../../support/until.ts'

const { kafka: servers, registry } = inject('endpoints')
const logger = pino({ level: 'silent' })
const kafka = kafkaClient({ ...servers, clientId: 'commands' }, logger)
const codec = new Codec(registry.url)
const publisher = new Publisher({ kafka, codec, logger })
const parts = { kafka, codec, logger }
const asking = { ...parts, emit: emitter(publisher, '/test'), by: 'anna', reason: 'the archive is up again' }

/** What there is of deliveries and commands on the log since the test began. */
const seen: Recorded[] = []
const stopped = new AbortController()
let reading: Promise<void>
beforeAll(async () => {
  await ensureTopics(kafka, 1)
  await codec.register()
  const bounds = await boundsOf(kafka, ['raddeploy.deliveries', 'raddeploy.commands'])
  const from = bounds.map(({ topic, partition, high }) => ({ topic, partition, offset: high }))
  reading = (async () => {
    for await (const batch of read({ ...parts, from, signal: stopped.signal }))
      seen.push(...batch.filter(isEvent))
  })()
})
afterAll(async () => {
  stopped.abort()
  await reading
  await publisher.close()
})

const events = (stream: string): readonly Recorded[] => seen.filter((one) => one.stream === stream)
/** What is said of a delivery, without the commands: they stand on another topic, in no order to the rest. */
const told = (deliveryId: string): readonly Recorded[] =>
  events(deliveryId).filter(({ at }) => at.topic === 'raddeploy.deliveries')
const types = (deliveryId: string): readonly string[] => told(deliveryId).map(({ type }) => type)
/** What the SCUs here are to know: others may have left deliveries on this log. */
const own = new Set<string>()
const queue = async (of: Partial<Recorded<'DeliveryQueued'>['data']> = {}): Promise<string> => {
  const { data } = an.deliveryQueued({ deliveryId: randomUUID(), files: mount('dst'), ...of })
  own.add(data.deliveryId)
  const fact: Fact = { type: 'DeliveryQueued', stream: data.deliveryId, data }
  await publisher.publish([published(fact, { source: '/test', now: new Date().toISOString() })])
  return data.deliveryId
}
const command = async (what: DeliveryCommand, deliveryId: string): Promise<readonly string[]> => {
  const queuedAt = events(deliveryId).find(({ type }) => type === 'DeliveryQueued')!.at.offset
  return commandDeliveries(what, [{ deliveryId, queuedAt }], asking)
}
const shown = (deliveryId: string, ...wanted: readonly string[]): Promise<void> =>
  until(
    () => types(deliveryId).slice(-wanted.length).join() === wanted.join(),
    () => `${wanted.join(', ')}; there is ${types(deliveryId).join(', ')}`,
  )

const running = new Set<() => Promise<void>>()
afterEach(async () => {
  for (const stop of running) await stop()
})
/** An SCU whose attempts are as told: what does not answer runs until it is aborted. */
const start = async (
  name: string,
  answer: (
    deliveryId: string,
    attempt: number,
    to: string,
  ) => Partial<Recorded<'DeliveryAttempted'>['data']> | undefined,
  made: string[] = [],
): Promise<Driving> => {
  const attempt: Attempt = async (delivery, signal) => {
    const { deliveryId, destination } = delivery.queued!.data
    const number = attemptsOf(delivery) + 1
    made.push(`${deliveryId}/${number} to ${nameOf(destination)}`)
    const outcome = answer(deliveryId, number, nameOf(destination))
    if (!outcome) {
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
      throw new Error('never')
    }
    const { data } = an.deliveryAttempted({
      ...{ deliveryId, attempt: number, destination: nameOf(destination), ...outcome },
    })
    return { type: 'DeliveryAttempted', stream: deliveryId, data }
  }
  const processor: ReturnType<typeof scu> = {
    ...scu({ attempt }),
    name,
    streamOf: ({ stream }) => (own.has(stream) ? stream : undefined),
  }
  const options = { kafka, codec, publisher, logger, instance: 'test', concurrency: 16 }
  const driving = await drive(processor, options)
  const stop = async (): Promise<void> => {
    running.delete(stop)
    await driving.stop()
  }
  running.add(stop)
  return { stop }
}

/**
 * Commits, for an SCU that was stopped, that it needs nothing of what it has read: so it is once a thousand other
 * deliveries have ended since.
 */
const forget = async (name: string): Promise<void> => {
  const topics = ['raddeploy.commands', 'raddeploy.deliveries', 'raddeploy.timers']
  const bounds = await boundsOf(kafka, topics)
  let assigned: () => void = () => undefined
  const isAssigned = new Promise<void>((resolve) => (assigned = resolve))
  const marks = bounds.map(({ topic, partition, high: offset }) => ({ topic, partition, offset }))
  const consuming = await consume({
    ...{ kafka, logger, groupId: `raddeploy.${name}`, topics, sharing: 'copartitioned' },
    start: (places) => {
      assigned()
      return Promise.resolve(
        marks.filter((mark) => places.some((place) => placeKey(place) === placeKey(mark))),
      )
    },
    batch: () => Promise.resolve(undefined),
  })
  await isAssigned
  await consuming.commit(marks.map((mark) => ({ ...mark, metadata: metadataOf(undefined) })))
  await consuming.stop()
}

const hopeless = { succeeded: 0, failed: 1, code: 'RD_DICOM_UNREADABLE', error: 'not DICOM: 1 of 1 files' }
const elsewhere = { kind: 'dimse', host: 'pacs', port: 104, aeTitle: 'PACS', url: null, options: '{}' }

test('a delivery that failed before the SCU was restarted is tried again, and that outlives the next restart', async () => {
  const name = `scu-${randomUUID()}`
  const first = await start(name, () => hopeless)
  const [retried, redirected, dropped] = [await queue(), await queue(), await queue()]
  for (const one of [retried, redirected, dropped]) await shown(one, 'DeliveryAttempted', 'DeliveryFailed')
  await first.stop()
  await forget(name)

  const made: string[] = []
  const second = await start(name, () => undefined, made)
  // Alone it would know nothing of it.
  const bare = { deliveryId: retried, by: 'anna', reason: null, delivery: null }
  await asking.emit({ type: 'RetryRequested', stream: retried, data: bare })
  expect(await command({ do: 'retry' }, retried)).toEqual([retried])
  expect(await command({ do: 'redirect', to: elsewhere }, redirected)).toEqual([redirected])
  expect(await command({ do: 'drop' }, dropped)).toEqual([dropped])
  await shown(retried, 'DeliveryAttempted', 'DeliveryFailed', 'DeliveryReopened')
  await shown(redirected, 'DeliveryFailed', 'DeliveryRedirected')
  await shown(dropped, 'DeliveryFailed', 'DeliveryDropped')
  await until(() => made.length === 2, 'attempts that are under way')
  await second.stop()

  const again: string[] = []
  const third = await start(name, () => ({}), again)
  await shown(retried, 'DeliveryReopened', 'DeliveryAttempted', 'DeliveryFinished')
  await shown(redirected, 'DeliveryRedirected', 'DeliveryAttempted', 'DeliveryFinished')
  await third.stop()
  const wanted = [`${retried}/2 to TPS@tps:104`, `${redirected}/2 to PACS@pacs:104`].sort()
  expect([made.sort(), again.sort()]).toEqual([wanted, wanted])
  expect(told(retried).at(-2)!.data).toMatchObject({ attempt: 2 })
  expect(types(dropped).at(-1)).toBe('DeliveryDropped')
  expect(types(retried).filter((type) => type === 'DeliveryReopened')).toHaveLength(1)
  expect(await command({ do: 'retry' }, retried)).toEqual([])
})

test('a redirected delivery breaks off its attempt, a dropped one is sent no more', async () => {
  const made: string[] = []
  const sending = await start(
    `scu-${randomUUID()}`,
    (_, __, to) => (to === 'PACS@pacs:104' ? {} : undefined),
    made,
  )
  const [redirected, dropped] = [await queue(), await queue()]
  await until(() => made.length === 2, 'two attempts')
  await until(() => events(redirected).length + events(dropped).length === 2, 'both on the log')
  await command({ do: 'redirect', to: elsewhere }, redirected)
  await command({ do: 'drop' }, dropped)
  await shown(redirected, 'DeliveryRedirected', 'DeliveryAttempted', 'DeliveryFinished')
  await shown(dropped, 'DeliveryQueued', 'DeliveryDropped')
  await sending.stop()
  expect(types(dropped)).not.toContain('DeliveryAttempted')
  expect(told(redirected).at(-2)!.data).toMatchObject({ attempt: 1, destination: 'PACS@pacs:104' })
})

test('nothing is begun for a paused destination, and it begins when that is resumed, with no word more', async () => {
  const aeTitle = `P${randomUUID().slice(0, 8)}`
  const name = `${aeTitle}@tps:104`
  const destination = { ...elsewhere, host: 'tps', aeTitle }
  expect(await commandDestination('pause', name, asking)).toBe(true)
  expect(await commandDestination('pause', name, asking)).toBe(false)
  const made: string[] = []
  const sending = await start(`scu-${randomUUID()}`, () => ({}), made)
  const waiting = await queue({ destination })
  const other = await queue()
  await shown(other, 'DeliveryAttempted', 'DeliveryFinished')
  expect(types(waiting)).toEqual(['DeliveryQueued'])
  expect(await commandDestination('resume', name, asking)).toBe(true)
  await shown(waiting, 'DeliveryQueued', 'DeliveryAttempted', 'DeliveryFinished')
  await sending.stop()
  // Said a second time it is a second event.
  expect(await commandDestination('pause', name, asking)).toBe(true)
  await until(() => events(name).length === 3, 'the third command')
  expect(new Set(events(name).map(({ meta }) => meta.id)).size).toBe(3)
})

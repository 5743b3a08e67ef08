import { type Kafka } from 'kafkajs'
import { type Logger } from 'pino'
import pRetry from 'p-retry'
import { type Fact, type Meta, type Recorded, topicOf } from '../../core/event/event.ts'
import { published } from '../../core/event/publish.ts'
import { isRadDeployError, messageOf } from '../../core/error/error.ts'
import { type Codec, type Undecodable, isEvent } from '../../infra/kafka/codec.ts'
import {
  type GivenBack,
  type Mark,
  type RecordBatch,
  type TopicPartition,
  consume,
  placeKey,
} from '../../infra/kafka/consumer.ts'
import { deadLetter } from '../../infra/kafka/deadLetters.ts'
import { type Publisher } from '../../infra/kafka/publisher.ts'
import { follow } from '../../infra/kafka/table.ts'
import { Calm } from './calm.ts'
import { type EffectParts } from './effects.ts'
import { type AnyProcessor } from './processor.ts'
import { type Restart, metadataOf, restartsOf } from './restore.ts'
import { Slots } from './slots.ts'
import { Unit } from './unit.ts'

/** What every processor instance stands on. */
export interface DriveOptions {
  readonly kafka: Kafka
  readonly codec: Codec
  readonly publisher: Publisher
  readonly logger: Logger
  /** Name of this instance; the same after a restart. */
  readonly instance: string
  /** Effects that may run at once. */
  readonly concurrency: number
  /** Effects of one lane that may run at once; by default as many as of all. */
  readonly laneConcurrency?: number
  /** Most that one fetch brings of a partition, in bytes. */
  readonly fetchBytes?: number
  /** For who need not hear of each event at once: a fetch waits for so many bytes, but not for long. */
  readonly leastBytes?: number
}
export interface Driving {
  stop(): Promise<void>
}

/** The consumer group of a processor; one per instance where each instance reads everything. */
export const groupOf = (processor: Pick<AnyProcessor, 'name' | 'scope'>, instance: string): string =>
  processor.scope === 'own' ? `raddeploy.${processor.name}.${instance}` : `raddeploy.${processor.name}`

/** The topics a processor reads, TimerFired's among them where it waits for moments. */
export const topicsOf = (processor: AnyProcessor): string[] => [
  ...new Set((processor.reads as Recorded['type'][]).map(topicOf)),
]

/** Runs a processor on Kafka: restores, folds, decides, publishes, starts effects, fires timers, commits. */
export const drive = async (processor: AnyProcessor, options: DriveOptions): Promise<Driving> => {
  const logger = options.logger.child({ processor: processor.name })
  const groupId = groupOf(processor, options.instance)
  const source = `/raddeploy/${processor.name}/${options.instance}`
  const stopped = new AbortController()
  const units = new Map<string, Unit>()
  const committed = new Map<string, string>()
  const slots = new Slots(options.concurrency, options.laneConcurrency)
  const calm = new Calm(Date.now())
  const unitKey = ({ partition }: TopicPartition): string =>
    processor.scope === 'stream' ? String(partition) : 'whole'

  const publish = (
    facts: readonly Fact[],
    cause: Meta | undefined,
    signal: AbortSignal,
    correlationId?: string,
  ) => {
    const events = facts.map((fact) =>
      published(fact, {
        source,
        now: new Date().toISOString(),
        ...(cause ? { cause } : {}),
        ...(correlationId ? { correlationId } : {}),
      }),
    )
    return pRetry(() => options.publisher.publish(events), {
      retries: Number.POSITIVE_INFINITY,
      maxTimeout: 5000,
      signal,
      shouldRetry: ({ error }) => !isRadDeployError(error, 'RD_EVENT_TOO_LARGE'),
      onFailedAttempt: ({ error }) => {
        if (!signal.aborted) logger.warn({ error: error.message }, 'could not publish; trying again')
      },
    })
  }

  const putAside = (record: Undecodable, signal: AbortSignal) => {
    logger.error({ error: record.undecodable.message }, 'put aside')
    return publish([deadLetter.record(record, processor.name)], undefined, signal)
  }
  const table = processor.tables
    ? await follow(processor.tables, {
        ...options,
        logger,
        signal: stopped.signal,
        putAside: (record) => putAside(record, stopped.signal),
      })
    : { known: () => undefined }
  const effects: EffectParts = { processor, logger, known: () => table.known(), publish, slots }

  const start = async (assigned: readonly TopicPartition[]): Promise<readonly Mark[]> => {
    const restarts = await restartsOf(options.kafka, groupId, assigned)
    const wanted = new Map<string, Restart[]>()
    for (const one of restarts) wanted.set(unitKey(one), [...(wanted.get(unitKey(one)) ?? []), one])
    for (const [key, unit] of units)
      if (!wanted.has(key) || !unit.live) {
        unit.abort.abort()
        units.delete(key)
      }
    for (const [key, list] of wanted) if (!units.has(key)) units.set(key, new Unit(processor, list, effects))
    committed.clear()
    logger.info({ units: [...units.keys()] }, 'assigned')
    return restarts.map(({ topic, partition }) => ({
      topic,
      partition,
      offset: units.get(unitKey({ topic, partition }))!.places.get(placeKey({ topic, partition }))!.next,
    }))
  }

  const take = async (unit: Unit, event: Recorded, live: boolean): Promise<void> => {
    const { signal } = unit.abort
    const decisionFailed = (error: unknown): Promise<unknown> => {
      const at = `${placeKey(event.at)}@${event.at.offset}`
      logger.error({ error: messageOf(error), at }, 'decision failed')
      return publish([deadLetter.decision(event, processor.name, error)], event.meta, signal)
    }
    for (const action of unit.partition.step(event, table.known(), live)) {
      if (action.do === 'put-aside') await decisionFailed(action.error)
      else
        await publish(action.facts, action.cause, signal).catch((error: unknown) => {
          if (signal.aborted) throw error
          return decisionFailed(error)
        })
    }
  }

  const batch = async ({
    topic,
    partition,
    messages,
    highWatermark,
  }: RecordBatch): Promise<GivenBack | undefined> => {
    const unit = units.get(unitKey({ topic, partition }))
    const place = unit?.places.get(placeKey({ topic, partition }))
    if (!unit || !place) return undefined
    place.high = highWatermark
    for (const message of messages) {
      const offset = BigInt(message.offset)
      if (offset < place.next) continue
      const live = offset >= place.liveFrom
      if (live && !unit.live) return { from: place.next, until: unit.restored }
      if (unit.abort.signal.aborted) return undefined
      const record = await options.codec.decode(topic, partition, message)
      await unit.serially(async () => {
        if (isEvent(record)) {
          if (processor.reads.includes(record.type)) await take(unit, record, live)
        } else if ('undecodable' in record && live) await putAside(record, unit.abort.signal)
        unit.advance({ topic, partition }, offset + 1n)
      })
    }
    pump(unit)
    return undefined
  }

  const pump = (unit: Unit): void => {
    if (!unit.level || unit.abort.signal.aborted) return
    try {
      unit.onceLevel(() => processor.restored?.(() => unit.partition.whole))
      if (processor.run) unit.effects.match(unit.partition.pending(table.known()), Date.now())
      if (unit.caughtUp && calm.lasts(processor.patienceMs ?? 0))
        unit.timers.fire(unit.partition.due(Date.now()), ({ fact, correlationId }) =>
          publish([fact], undefined, unit.abort.signal, correlationId),
        )
    } catch (error) {
      logger.error({ error: messageOf(error) }, 'what waits could not be seen')
    }
  }

  const commit = async (): Promise<void> => {
    const marks: Mark[] = []
    for (const unit of units.values()) {
      if (!unit.live) continue
      for (const { topic, partition, next } of unit.places.values()) {
        const metadata = metadataOf(unit.partition.oldest(topic, partition))
        if (committed.get(placeKey({ topic, partition })) !== `${next} ${metadata}`)
          marks.push({ topic, partition, offset: next, metadata })
      }
    }
    if (marks.length === 0) return
    await consuming.commit(marks)
    for (const mark of marks) committed.set(placeKey(mark), `${mark.offset} ${mark.metadata}`)
  }

  const consuming = await consume({
    kafka: options.kafka,
    logger,
    groupId,
    topics: topicsOf(processor),
    sharing: processor.scope === 'stream' ? 'copartitioned' : 'first',
    start,
    batch,
    ...(options.fetchBytes === undefined ? {} : { fetchBytes: options.fetchBytes }),
    ...(options.leastBytes === undefined ? {} : { leastBytes: options.leastBytes }),
  })
  let committing: Promise<void> = Promise.resolve()
  const tick = setInterval(() => {
    calm.tick(Date.now(), consuming.heardAt())
    for (const unit of units.values()) pump(unit)
    committing = committing
      .then(commit)
      .catch((error: unknown) => logger.debug({ error }, 'commit failed; it will be repeated'))
  }, 200)
  return {
    stop: async () => {
      clearInterval(tick)
      for (const unit of units.values()) unit.abort.abort()
      stopped.abort()
      await committing
      await commit().catch(() => undefined)
      await consuming.stop()
    },
  }
}

import {
  AssignerProtocol,
  type Consumer,
  type Kafka,
  type KafkaMessage,
  type PartitionAssigner,
} from 'kafkajs'
import { type Logger } from 'pino'
import pRetry from 'p-retry'
import { messageOf } from '../../core/error/error.ts'

/** One partition of one topic. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}
/** The next offset to read or commit, with the string that Kafka keeps beside it. */
export interface Mark extends TopicPartition {
  readonly offset: bigint
  readonly metadata?: string
}
/** Records of one partition, gapless from the position that was asked for. */
export interface RecordBatch extends TopicPartition {
  readonly messages: readonly KafkaMessage[]
  readonly highWatermark: bigint
}
/** How the partitions are shared: the same numbers of every topic together, or all by one member. */
export type Sharing = 'copartitioned' | 'first'

export interface ConsumeOptions {
  readonly kafka: Kafka
  readonly logger: Logger
  readonly groupId: string
  readonly topics: readonly string[]
  readonly sharing: Sharing
  /** Called at each assignment, before anything is read: where to begin with each partition. */
  start(assigned: readonly TopicPartition[]): Promise<readonly Mark[]>
  /**
   * Called with batches in order. The next batch comes when it has resolved. What cannot be taken yet is given
   * back: kafkajs fetches nothing at all from a broker while one batch of the last fetch is held.
   */
  batch(batch: RecordBatch): Promise<GivenBack | undefined>
  /** Compacted or expired topics may begin later than asked for; then the first batch may, too. */
  readonly lenient?: boolean
  /** Most that one fetch brings of a partition, in bytes. */
  readonly fetchBytes?: number
  /** The broker answers a fetch once it has so many bytes, or after 100 ms; by default as soon as it has any. */
  readonly leastBytes?: number
}
/** Records from `from` on are not taken yet; they are fetched again once `until` has resolved. */
export interface GivenBack {
  readonly from: bigint
  readonly until: Promise<void>
}
export interface Consuming {
  /** When the broker was last heard of, in milliseconds since the epoch. */
  heardAt(): number
  commit(marks: readonly Mark[]): Promise<void>
  stop(): Promise<void>
}

interface Progress {
  next: bigint
  /** True once a batch from `next` was seen: before that, batches fetched ahead of the seek may still arrive. */
  sought: boolean
}

/** How a topic's partition is named in maps. */
export const placeKey = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`

/**
 * Reads as a member of a consumer group, from positions of our own choice. kafkajs has no assignment
 * callback, so positions are set on its GROUP_JOIN event, and what was fetched ahead of that is passed over.
 */
export const consume = async (options: ConsumeOptions): Promise<Consuming> => {
  const consumer: Consumer = options.kafka.consumer({
    groupId: options.groupId,
    sessionTimeout: 6000,
    rebalanceTimeout: 8000,
    heartbeatInterval: 1000,
    maxWaitTimeInMs: 100,
    maxBytesPerPartition: options.fetchBytes ?? 4 * 1024 * 1024,
    minBytes: options.leastBytes ?? 1,
    maxInFlightRequests: 8,
    partitionAssigners: [assigners[options.sharing]],
    retry: {
      initialRetryTime: 50,
      maxRetryTime: 1000,
      retries: 10,
      restartOnFailure: () => Promise.resolve(true),
    },
  })
  let progress = new Map<string, Progress>()
  const logger = options.logger.child({ groupId: options.groupId })
  let generation = 0
  let assigning: Promise<void> = Promise.resolve()
  let heardAt = Date.now()
  let stopped = false

  const assigned = async (partitions: readonly TopicPartition[], mine: number): Promise<void> => {
    if (mine !== generation) return
    const marks = await options.start(partitions)
    if (mine !== generation) return
    for (const mark of marks) {
      consumer.seek({ topic: mark.topic, partition: mark.partition, offset: mark.offset.toString() })
      progress.set(placeKey(mark), { next: mark.offset, sought: false })
    }
  }
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    const partitions = Object.entries(payload.memberAssignment).flatMap(([topic, numbers]) =>
      numbers.map((partition) => ({ topic, partition })),
    )
    progress = new Map()
    const mine = ++generation
    // One after the other, so that a slow answer to an older assignment cannot undo a newer one.
    assigning = assigning
      .then(() => assigned(partitions, mine))
      .catch((error: unknown) => {
        logger.error({ error: messageOf(error) }, 'could not find where to begin; joining again')
        again(() => consumer.stop())
      })
  })
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (payload.restart || stopped) return
    logger.error({ error: payload.error.message }, 'the consumer stopped; starting it again')
    again(() => consumer.connect())
  })
  for (const event of [consumer.events.HEARTBEAT, consumer.events.FETCH] as const)
    consumer.on(event, () => (heardAt = Date.now()))
  /** Begins to read again, as often as that takes. */
  const again = (first: () => Promise<void>): void =>
    void pRetry(() => (stopped ? undefined : first().then(run)), {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 1000,
      maxTimeout: 5000,
      onFailedAttempt: ({ error }) => logger.error({ error: error.message }, 'cannot read; trying again'),
    }).catch(() => undefined)
  const run = (): Promise<void> =>
    consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 16,
      eachBatch: async ({ batch, resolveOffset, heartbeat, pause }) => {
        const at = progress.get(placeKey(batch))
        // kafkajs keeps the offset a batch was fetched from, but does not declare it.
        const fetchedFrom = BigInt((batch as unknown as { fetchedOffset: string }).fetchedOffset)
        if (!at || (at.sought || options.lenient ? fetchedFrom < at.next : fetchedFrom !== at.next)) return
        at.sought = true
        const messages = batch.messages.filter((message) => BigInt(message.offset) >= at.next)
        const beat = setInterval(() => void heartbeat().catch(() => undefined), 2000)
        let back: GivenBack | undefined
        try {
          back = await options.batch({
            topic: batch.topic,
            partition: batch.partition,
            messages,
            highWatermark: BigInt(batch.highWatermark),
          })
        } finally {
          clearInterval(beat)
        }
        if (progress.get(placeKey(batch)) !== at) return
        const before = at.next
        at.next = back?.from ?? BigInt(batch.lastOffset()) + 1n
        if (at.next > before) resolveOffset(String(at.next - 1n))
        if (back) void back.until.then(pause())
      },
    })
  await consumer.connect()
  await consumer.subscribe({ topics: [...options.topics], fromBeginning: true })
  await run()
  return {
    heardAt: () => heardAt,
    commit: (marks) =>
      consumer.commitOffsets(
        marks.map(({ topic, partition, offset, metadata }) => ({
          topic,
          partition,
          offset: offset.toString(),
          metadata: metadata ?? null,
        })),
      ),
    stop: async () => {
      stopped = true
      generation += 1
      progress = new Map()
      await consumer.disconnect()
    },
  }
}

const assigner =
  (sharing: Sharing): PartitionAssigner =>
  ({ cluster }) => ({
    name: sharing,
    version: 1,
    assign: ({ members, topics }) => {
      const ids = members.map(({ memberId }) => memberId).sort()
      const shares = new Map<string, Record<string, number[]>>(ids.map((id) => [id, {}]))
      for (const topic of topics)
        for (const { partitionId } of cluster.findTopicPartitionMetadata(topic)) {
          const share = shares.get(ids[sharing === 'first' ? 0 : partitionId % ids.length]!)!
          ;(share[topic] ??= []).push(partitionId)
        }
      return Promise.resolve(
        [...shares].map(([memberId, assignment]) => ({
          memberId,
          memberAssignment: AssignerProtocol.MemberAssignment.encode({
            version: 1,
            assignment,
            userData: Buffer.alloc(0),
          }),
        })),
      )
    },
    protocol: ({ topics }) => ({
      name: sharing,
      metadata: AssignerProtocol.MemberMetadata.encode({ version: 1, topics, userData: Buffer.alloc(0) }),
    }),
  })

const assigners: Readonly<Record<Sharing, PartitionAssigner>> = {
  copartitioned: assigner('copartitioned'),
  first: assigner('first'),
}

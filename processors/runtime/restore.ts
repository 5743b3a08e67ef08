import { type Kafka } from 'kafkajs'
import { type TopicPartition } from '../../infra/kafka/consumer.ts'
import { boundsOf } from '../../infra/kafka/reader.ts'

/** Where a restart begins: read from `from`, without deciding, up to `committed`; decide from there on. */
export interface Restart extends TopicPartition {
  readonly from: bigint
  readonly committed: bigint
  /** The end of the log now. */
  readonly high: bigint
}

const version = '1'

/** The string kept beside a committed offset: a version and the oldest offset still needed. */
export const metadataOf = (oldest: bigint | undefined): string =>
  oldest === undefined ? version : `${version}:${oldest}`

/** The oldest offset still needed; an unknown version means nothing is known, so all is read again. */
export const oldestIn = (metadata: string | null | undefined): bigint | 'none' | 'unknown' => {
  if (!metadata) return 'unknown'
  const [found, oldest] = metadata.split(':')
  if (found !== version) return 'unknown'
  return oldest === undefined ? 'none' : BigInt(oldest)
}

/** Reads the committed offsets of a group for the partitions it was assigned. */
export const restartsOf = async (
  kafka: Kafka,
  groupId: string,
  assigned: readonly TopicPartition[],
): Promise<readonly Restart[]> => {
  const topics = [...new Set(assigned.map(({ topic }) => topic))]
  const admin = kafka.admin()
  await admin.connect()
  try {
    const [committed, bounds] = await Promise.all([
      admin.fetchOffsets({ groupId, topics }),
      boundsOf(kafka, topics),
    ])
    return assigned.map(({ topic, partition }) => {
      const bound = bounds.find((one) => one.topic === topic && one.partition === partition)
      const low = bound?.low ?? 0n
      const high = bound?.high ?? 0n
      const found = committed
        .find((one) => one.topic === topic)
        ?.partitions.find((one) => one.partition === partition)
      const at = BigInt(found?.offset ?? '-1')
      if (at < low) return { topic, partition, from: low, committed: low, high }
      const oldest = oldestIn(found?.metadata)
      const from = oldest === 'none' ? at : oldest === 'unknown' ? low : oldest
      return { topic, partition, from: from < low ? low : from > at ? at : from, committed: at, high }
    })
  } finally {
    await admin.disconnect()
  }
}

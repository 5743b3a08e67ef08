import { type Admin, type Kafka } from 'kafkajs'
import { topics as declared } from '../../schemas/generated/definitions.ts'
import { RadDeployError } from '../../core/error/error.ts'

/** A topic as its topic.json declares it. */
export interface Topic {
  readonly name: string
  readonly partitions: number
  readonly cleanup: string
  readonly retentionMs: number
}

/** Every topic of this version. */
export const topics: readonly Topic[] = Object.entries(declared).map(
  ([name, { partitions, cleanup, retentionMs }]) => ({
    name,
    partitions,
    cleanup,
    retentionMs,
  }),
)

/**
 * Creates the topics that are missing and checks the others. The number of partitions is set once:
 * changing it would move keys, so a difference is RD_TOPIC_MISMATCH. `wanted` is the number of copies of a new one:
 * by default three, or as many as there are brokers.
 */
export const ensureTopics = async (kafka: Kafka, wanted?: number): Promise<void> => {
  const admin = kafka.admin()
  await admin.connect()
  try {
    const existing = new Set(await admin.listTopics())
    const missing = topics.filter((topic) => !existing.has(topic.name))
    const replicationFactor = wanted ?? Math.min(3, (await admin.describeCluster()).brokers.length)
    if (missing.length > 0)
      await admin.createTopics({
        waitForLeaders: true,
        topics: missing.map((topic) => ({
          topic: topic.name,
          numPartitions: topic.partitions,
          replicationFactor,
          configEntries: [
            { name: 'cleanup.policy', value: topic.cleanup },
            { name: 'retention.ms', value: String(topic.retentionMs) },
            ...(replicationFactor >= 3 ? [{ name: 'min.insync.replicas', value: '2' }] : []),
          ],
        })),
      })
    await checkPartitions(admin)
  } finally {
    await admin.disconnect()
  }
}

/** The id that the cluster was formatted with: it names this log among all others. */
export const clusterIdOf = async (kafka: Kafka): Promise<string> => {
  const admin = kafka.admin()
  await admin.connect()
  try {
    return (await admin.describeCluster()).clusterId
  } finally {
    await admin.disconnect()
  }
}

const checkPartitions = async (admin: Admin): Promise<void> => {
  const metadata = await admin.fetchTopicMetadata({ topics: topics.map((topic) => topic.name) })
  for (const topic of topics) {
    const found = metadata.topics.find((one) => one.name === topic.name)?.partitions.length
    if (found !== topic.partitions)
      throw new RadDeployError(
        'RD_TOPIC_MISMATCH',
        `topic ${topic.name} has ${found} partitions and must have ${topic.partitions}; it was set up by something else`,
        { topic: topic.name, found, wanted: topic.partitions },
      )
  }
}

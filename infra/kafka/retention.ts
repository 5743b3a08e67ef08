import kafkajs, { type Kafka } from 'kafkajs'
import { type Logger } from 'pino'

// Node does not find this one among the names of a CommonJS module.
const { ConfigResourceTypes } = kafkajs

const setting = 'offsets.retention.minutes'
/** A system that was switched off for longer than this is one that somebody looks at before it starts. */
const wanted = 365 * 24 * 60

/**
 * Whether the brokers keep the offsets of groups that are away for a year; warns where they do not. Who has lost its
 * offset takes the whole log for new, and decides all of it once more.
 */
export const offsetsAreKept = async (kafka: Kafka, logger: Logger): Promise<boolean> => {
  const admin = kafka.admin()
  await admin.connect()
  try {
    const { brokers } = await admin.describeCluster()
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: brokers.map(({ nodeId }) => ({
        type: ConfigResourceTypes.BROKER,
        name: String(nodeId),
        configNames: [setting],
      })),
    })
    const minutes = Math.min(
      ...resources.flatMap(({ configEntries }) =>
        configEntries.map(({ configValue }) => Number(configValue)),
      ),
    )
    if (minutes >= wanted) return true
    logger.warn(
      { minutes },
      `Kafka forgets the offsets of a processor that is away for longer; set ${setting} to ${wanted} or more`,
    )
    return false
  } catch (error) {
    logger.warn({ err: error as Error }, `cannot see how long Kafka keeps offsets (${setting})`)
    return false
  } finally {
    await admin.disconnect()
  }
}

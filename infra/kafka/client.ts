import { Kafka, logLevel, type logCreator } from 'kafkajs'
import { type Logger } from 'pino'

/** How to reach the brokers. */
export interface KafkaConfig {
  readonly brokers: readonly string[]
  readonly clientId: string
}

const levels: Record<number, 'error' | 'warn' | 'info' | 'debug'> = {
  [logLevel.ERROR]: 'error',
  [logLevel.WARN]: 'warn',
  [logLevel.INFO]: 'debug',
  [logLevel.DEBUG]: 'debug',
}

/** The one Kafka client of a process. A broker that is away for minutes is waited for, not given up. */
export const kafkaClient = (config: KafkaConfig, logger: Logger): Kafka => {
  const creator: logCreator = () => {
    const log = logger.child({ component: 'kafkajs' })
    // kafkajs calls an error what it is about to retry; our own code reports what it could not mend.
    return ({ level, log: { message, error, groupId } }) =>
      log[levels[level] === 'error' ? 'debug' : (levels[level] ?? 'debug')](
        { error: error as unknown, groupId },
        message,
      )
  }
  return new Kafka({
    clientId: config.clientId,
    brokers: [...config.brokers],
    connectionTimeout: 3000,
    requestTimeout: 10_000,
    retry: { initialRetryTime: 50, maxRetryTime: 2000, retries: 12 },
    logLevel: logLevel.WARN,
    logCreator: creator,
  })
}

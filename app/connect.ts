import type Docker from 'dockerode'
import { type Kafka } from 'kafkajs'
import { type Pool } from 'pg'
import { type Logger } from 'pino'
import { dockerClient } from '../infra/docker/client.ts'
import { Codec } from '../infra/kafka/codec.ts'
import { kafkaClient } from '../infra/kafka/client.ts'
import { type Emit, emitter } from '../infra/kafka/emitter.ts'
import { Publisher } from '../infra/kafka/publisher.ts'
import { boundsOf, read } from '../infra/kafka/reader.ts'
import { offsetsAreKept } from '../infra/kafka/retention.ts'
import { ensureTopics, topics } from '../infra/kafka/topics.ts'
import { type Endpoints } from '../infra/embedded/endpoints.ts'
import { postgresPool } from '../infra/postgres/pool.ts'
import { ObjectStore } from '../infra/s3/store.ts'
import { type Source } from '../projections/runtime/record.ts'
import { type Config } from './config.ts'

/** The servers as a process of ours speaks to them. */
export interface Connections {
  readonly config: Config
  readonly endpoints: Endpoints
  readonly logger: Logger
  readonly kafka: Kafka
  readonly codec: Codec
  readonly publisher: Publisher
  readonly store: ObjectStore
  readonly pool: Pool
  readonly docker: Docker
  /** The whole log, for projections and for people. */
  readonly source: Source
  /** An Emit in the name of one of our programs, and of an instance of it other than this host's. */
  emitAs(program: string, instance?: string): Emit
  close(): Promise<void>
}

/** Connects to the servers, to Kafka by a name. Nothing is created there: `prepare` does that. */
export const connect = (
  config: Config,
  endpoints: Endpoints,
  logger: Logger,
  name = config.instance,
): Connections => {
  const kafka = kafkaClient({ brokers: endpoints.kafka.brokers, clientId: `raddeploy-${name}` }, logger)
  const codec = new Codec(endpoints.registry.url)
  const publisher = new Publisher({ kafka, codec, logger, deadlineMs: 20_000 })
  const store = new ObjectStore(endpoints.s3)
  const pool = postgresPool({ url: endpoints.postgres.url, logger })
  const source: Source = {
    partitions: () =>
      boundsOf(
        kafka,
        topics.map(({ name }) => name),
      ),
    read: (from, signal) => read({ kafka, codec, logger, from, signal }),
  }
  return {
    config,
    endpoints,
    logger,
    kafka,
    codec,
    publisher,
    store,
    pool,
    // whatever hangs lets go of its socket at last; the bounds of the worker are shorter
    docker: dockerClient(endpoints.docker, {
      timeout: 2 * config.worker.stallMs,
      certificates: config.dockerCertificates,
    }),
    source,
    emitAs: (program, instance = config.instance) => emitter(publisher, `/raddeploy/${program}/${instance}`),
    close: async () => {
      await publisher.close()
      store.close()
      await pool.end()
    },
  }
}

/** Makes sure that the topics, the schemas and the bucket are there, as this version wants them. */
export const prepare = async ({ config, kafka, codec, store, logger }: Connections): Promise<void> => {
  await Promise.all([
    ensureTopics(kafka, config.replicationFactor),
    offsetsAreKept(kafka, logger),
    codec.register(),
    store.ensureBucket(),
  ])
}

import { messageOf } from '../../core/error/error.ts'
import { installDocker, startDocker } from './docker.ts'
import { type EmbeddedEndpoints } from './endpoints.ts'
import { ensureJava } from './java.ts'
import { installKafka, startKafka } from './kafka.ts'
import { type Ports, choosePorts } from './ports.ts'
import { installPostgres, postgresUrl, startPostgres } from './postgres.ts'
import { installRegistry, startRegistry } from './registry.ts'
import { installGo, installS3, startS3 } from './s3.ts'
import { secret } from './secrets.ts'
import { type Server } from './server.ts'
import { type Setup, failureOf } from './setup.ts'

/** The servers, up and answering. */
export interface Stack {
  readonly endpoints: EmbeddedEndpoints
  stop(): Promise<void>
}

/** Brings what is missing: all downloads and builds at once, each only the first time. */
export const installStack = async (setup: Setup): Promise<void> => {
  // apt installs one thing after the other, and building the S3 server takes longest: its Go comes first.
  const go = installGo(setup)
  await go.catch(() => undefined)
  const results = await Promise.allSettled([
    go.then(() => installS3(setup)),
    installKafka(setup)
      .then(() => installRegistry(setup))
      .then(() => ensureJava(setup)),
    installPostgres(setup),
    installDocker(setup),
  ])
  const failure = failureOf(results)
  if (failure !== undefined) throw failure
}

/** Starts Kafka, the schema registry, S3, Postgres and, where there is none, Docker; waits until all answer. */
export const startStack = async (setup: Setup, configured: Partial<Ports> = {}): Promise<Stack> => {
  await installStack(setup)
  const ports = await choosePorts(setup.dataDir, configured)
  const accessKeyId = await secret(setup.dataDir, 's3-access-key')
  const secretAccessKey = await secret(setup.dataDir, 's3-secret-key')
  const password = await secret(setup.dataDir, 'postgres-password')
  const servers: Server[] = []
  const up = async <T extends Server>(name: string, starting: Promise<T>): Promise<T> => {
    const server = await starting
    servers.push(server)
    setup.progress(name, 'ready')
    return server
  }
  const stop = async (): Promise<void> => {
    await Promise.all(
      servers.map((server) =>
        server
          .stop()
          .catch((error: unknown) =>
            setup.logger.error({ error: messageOf(error) }, 'a server did not stop'),
          ),
      ),
    )
  }
  try {
    const database = { host: '127.0.0.1', port: ports.postgres, user: 'raddeploy', password }
    const results = await Promise.allSettled([
      up('Kafka', startKafka(setup, ports.kafka, ports.controller)),
      up('Postgres', startPostgres(setup, ports.postgres, password)).then(() =>
        up('schema registry', startRegistry(setup, ports.registry, database)),
      ),
      up('S3', startS3(setup, ports.s3, { accessKeyId, secretAccessKey })),
      up('Docker', startDocker(setup)),
    ] as const)
    for (const result of results) if (result.status === 'rejected') throw result.reason
    const docker = results[3] as PromiseFulfilledResult<Awaited<ReturnType<typeof startDocker>>>
    return {
      endpoints: {
        kafka: { brokers: [`127.0.0.1:${ports.kafka}`] },
        registry: { url: `http://127.0.0.1:${ports.registry}/apis/ccompat/v7` },
        s3: {
          endpoint: `http://127.0.0.1:${ports.s3}`,
          region: 'us-east-1',
          bucket: 'raddeploy',
          accessKeyId,
          secretAccessKey,
        },
        postgres: { url: postgresUrl(ports.postgres, password, 'raddeploy') },
        docker: { socketPath: docker.value.socketPath },
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

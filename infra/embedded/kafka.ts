import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { RadDeployError } from '../../core/error/error.ts'
import { ensureMaven } from './java.ts'
import { packageFile } from './package.ts'
import { type Server, startServer } from './server.ts'
import { type Setup, execute, once } from './setup.ts'

const jvm = ['-Xms64m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']

const jars = (setup: Setup): string => join(setup.cacheDir, 'kafka-4.3.1')

/** Brings the jars of the broker. */
export const installKafka = (setup: Setup): Promise<void> =>
  once(setup, { stamp: 'kafka-4.3.1', product: jars(setup) }, async () => {
    await ensureMaven(setup)
    setup.progress('Kafka', 'bringing 46 jars')
    const output = `-DoutputDirectory=${jars(setup)}`
    const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies'
    await execute('bringing Kafka', 'mvn', [
      '-q',
      '-B',
      '-f',
      packageFile('infra/embedded/pom.xml'),
      goal,
      '-DincludeScope=runtime',
      output,
    ])
  })

/** Starts one broker in KRaft mode on 127.0.0.1. Its log is kept for ever: it is the truth. */
export const startKafka = async (setup: Setup, port: number, controllerPort: number): Promise<Server> => {
  const home = join(setup.dataDir, 'kafka')
  const properties = join(home, 'server.properties')
  await mkdir(home, { recursive: true })
  await writeFile(
    properties,
    Object.entries({
      'process.roles': 'broker,controller',
      'node.id': 1,
      'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      'controller.listener.names': 'CONTROLLER',
      'inter.broker.listener.name': 'PLAINTEXT',
      'log.dirs': join(home, 'data'),
      'auto.create.topics.enable': false,
      'offsets.topic.replication.factor': 1,
      'offsets.topic.num.partitions': 4,
      // Who was away for longer than Kafka's seven days must still know what is done.
      'offsets.retention.minutes': 2_147_483_647,
      'transaction.state.log.replication.factor': 1,
      'transaction.state.log.min.isr': 1,
      'transaction.state.log.num.partitions': 1,
      // A killed broker may come back only when its last session is over.
      'broker.session.timeout.ms': 2000,
      'broker.heartbeat.interval.ms': 500,
      'group.initial.rebalance.delay.ms': 0,
      'group.min.session.timeout.ms': 1000,
      'log.retention.ms': -1,
      'log.message.timestamp.type': 'LogAppendTime',
      'log.flush.interval.messages': 1,
      'message.max.bytes': 4_194_304,
      'num.network.threads': 2,
      'num.io.threads': 4,
    })
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  const classPath = `${jars(setup)}/*`
  const ours = await formattedAs(join(home, 'data'), classPath, properties)
  const admin = new Kafka({
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
    connectionTimeout: 500,
  }).admin()
  return startServer(
    {
      name: 'kafka',
      ports: [port, controllerPort],
      command: 'java',
      args: [...jvm, '-cp', classPath, 'kafka.Kafka', properties],
      ready: async () => {
        try {
          await admin.connect()
          const { brokers, clusterId } = await admin.describeCluster()
          if (brokers.length === 0) throw new Error('no broker yet')
          if (clusterId !== ours) throw new Error(`the log of another cluster answers: ${clusterId}`)
        } finally {
          await admin.disconnect()
        }
      },
    },
    setup,
  )
}

/**
 * The cluster id of a data folder, which is formatted if it is not yet. Each gets one of its own: containers
 * on a shared Docker Engine are told apart by it.
 */
export const formattedAs = async (data: string, classPath: string, properties: string): Promise<string> => {
  const written = join(data, 'meta.properties')
  if (!existsSync(written))
    await execute('formatting the Kafka log', 'java', [
      ...['-cp', classPath, 'kafka.tools.StorageTool', 'format'],
      ...['-t', newClusterId(), '-c', properties],
    ])
  const [, id] = /^cluster\.id=(.+)$/m.exec(await readFile(written, 'utf8')) ?? []
  if (id === undefined)
    throw new RadDeployError('RD_STACK_START_FAILED', `${written} names no cluster; it is damaged`, {
      file: written,
    })
  return id
}

/** A UUID as Kafka writes it; one that began with "-" would pass for an option of its tools. */
export const newClusterId = (): string => {
  const id = randomBytes(16).toString('base64url')
  return id.startsWith('-') ? newClusterId() : id
}

import { connect as connectSocket } from 'node:net'
import { z } from 'zod'
import { type Config, scpPort } from '../config.ts'
import { type Connections } from '../connect.ts'
import { type Endpoints, endpointsSchema } from '../../infra/embedded/endpoints.ts'
import { processorStates } from '../lag.ts'
import { print, table } from './output.ts'
import { withConnections } from './session.ts'

/** What `status --json` prints; scripts and checks start from it, so what is there stays there. */
export const statusReport = z.strictObject({
  endpoints: z.strictObject({
    scp: z.strictObject({ host: z.string(), port: z.number(), aeTitle: z.string() }),
    ...endpointsSchema.shape,
  }),
  processors: z.array(
    z.strictObject({ name: z.string(), state: z.enum(['running', 'stopped']), lag: z.number() }),
  ),
})
export type StatusReport = z.output<typeof statusReport>

/** Where everything answers, as scripts read it. */
export const endpointsOf = (
  config: Config,
  { kafka, registry, s3, postgres, docker }: Endpoints,
): StatusReport['endpoints'] => ({
  scp: {
    host: config.scp.host === '0.0.0.0' ? '127.0.0.1' : config.scp.host,
    port: scpPort(config) ?? 11112,
    aeTitle: config.scp.aeTitle,
  },
  kafka,
  registry,
  s3,
  postgres,
  docker,
})

/** Where everything answers, as people read it. */
export const endpointLines = (config: Config, endpoints: Endpoints): string => {
  const { scp, kafka, registry, s3, postgres, docker } = endpointsOf(config, endpoints)
  return [
    `DICOM     ${scp.aeTitle}@${scp.host}:${scp.port}`,
    `Kafka     ${kafka.brokers.join(', ')}`,
    `registry  ${registry.url}`,
    `S3        ${s3.endpoint}/${s3.bucket}`,
    `Postgres  ${postgres.url.replace(/:[^:@/]*@/, ':…@')}`,
    `Docker    ${'host' in docker ? docker.host : docker.socketPath}`,
  ].join('\n')
}

/** Endpoints, and the state and lag of each processor. */
export const status = async ({ json }: { readonly json?: true }): Promise<void> =>
  withConnections(async (connections) => {
    const { config, endpoints } = connections
    const report: StatusReport = {
      endpoints: endpointsOf(config, endpoints),
      processors: await states(connections),
    }
    print(json, report, () =>
      [
        endpointLines(config, endpoints),
        '',
        table(
          report.processors,
          [
            ['processor', ({ name }) => name],
            ['state', ({ state }) => state],
            ['lag', ({ lag }) => lag],
          ],
          'no processors',
        ),
      ].join('\n'),
    )
  })

const states = async (connections: Connections): Promise<StatusReport['processors']> => {
  const { scp } = endpointsOf(connections.config, connections.endpoints)
  return [
    { name: 'scp', state: (await answers(scp.host, scp.port)) ? 'running' : 'stopped', lag: 0 },
    ...(await processorStates(connections)),
  ]
}

const answers = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connectSocket({ host, port, timeout: 1000 })
    const end = (answer: boolean) => () => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false))
  })

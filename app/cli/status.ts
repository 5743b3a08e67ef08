import { connect as connectSocket } from 'node:net'
import { z } from 'zod'
import { type Config, scpPort } from '../config.ts'
import { type Connections } from '../connect.ts'
import { type Endpoints, endpointsSchema } from '../../infra/embedded/endpoints.ts'
import { type StowSection } from '../../producers/stow/config.ts'
import { processorStates } from '../lag.ts'
import { lastPlaces, placeSchema } from '../space.ts'
import { print, table } from './output.ts'
import { withConnections } from './session.ts'

/** What `status --json` prints; scripts and checks start from it, so what is there stays there. */
export const statusReport = z.strictObject({
  endpoints: z.strictObject({
    scp: z.strictObject({ host: z.string(), port: z.number(), aeTitle: z.string() }),
    /** Where they are configured. */
    stow: z.strictObject({ url: z.string() }).optional(),
    drop: z.strictObject({ folder: z.string() }).optional(),
    ...endpointsSchema.shape,
  }),
  processors: z.array(
    z.strictObject({ name: z.string(), state: z.enum(['running', 'stopped']), lag: z.number() }),
  ),
  /** What the ways in of this host watch. */
  space: z.array(placeSchema).optional(),
})
export type StatusReport = z.output<typeof statusReport>

/** Where our own SCP answers. */
export const scpEndpoint = (config: Config): StatusReport['endpoints']['scp'] => ({
  host: reachable(config.scp.host),
  port: scpPort(config) ?? 11112,
  aeTitle: config.scp.aeTitle,
})
const reachable = (host: string): string => (host === '0.0.0.0' ? '127.0.0.1' : host)

/** Where everything answers, as scripts read it. */
export const endpointsOf = (
  config: Config,
  { kafka, registry, s3, postgres, docker }: Endpoints,
): StatusReport['endpoints'] => ({
  scp: scpEndpoint(config),
  ...(config.stow?.port === undefined ? {} : { stow: { url: stowUrl(config.stow, config.stow.port) } }),
  ...(config.drop ? { drop: { folder: config.drop.folder } } : {}),
  kafka,
  registry,
  s3,
  postgres,
  docker,
})

const stowUrl = ({ host, tls }: StowSection, port: number): string =>
  `${tls ? 'https' : 'http'}://${reachable(host)}:${port}/studies`

/** Where everything answers, as people read it. */
export const endpointLines = (config: Config, endpoints: Endpoints): string => {
  const { scp, stow, drop, kafka, registry, s3, postgres, docker } = endpointsOf(config, endpoints)
  return [
    `DICOM     ${scp.aeTitle}@${scp.host}:${scp.port}`,
    ...(stow ? [`STOW-RS   ${stow.url}`] : []),
    ...(drop ? [`folder    ${drop.folder}`] : []),
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
    const space = lastPlaces(config)
    const report: StatusReport = {
      endpoints: endpointsOf(config, endpoints),
      processors: await states(connections),
      ...(space.length > 0 ? { space } : {}),
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
        ...(space.length > 0 ? ['', space.map(roomIn).join('\n')] : []),
      ].join('\n'),
    )
  })

const levels = { enough: 'enough room', low: 'LITTLE ROOM', full: 'NO ROOM: every instance is refused' }

const roomIn = ({ place, level, freeBytes, totalBytes }: z.output<typeof placeSchema>): string => {
  const gigabytes = (bytes: number): string => (bytes / 1024 ** 3).toFixed(1)
  return `${levels[level]}: ${place} has ${gigabytes(freeBytes)} of ${gigabytes(totalBytes)} GiB free`
}

const states = async (connections: Connections): Promise<StatusReport['processors']> => {
  const { scp, stow } = endpointsOf(connections.config, connections.endpoints)
  const listens = async (name: string, host: string, port: number) =>
    ({ name, state: (await answers(host, port)) ? 'running' : 'stopped', lag: 0 }) as const
  return [
    await listens('scp', scp.host, scp.port),
    ...(stow ? [await listens('stow', new URL(stow.url).hostname, connections.config.stow!.port!)] : []),
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

import { type Logger } from 'pino'
import { startServers } from './embedded.ts'
import { type Config } from './config.ts'
import { type Connections, connect, prepare } from './connect.ts'
import { type ServiceName, serviceNames } from './names.ts'
import { services } from './services.ts'

/** Servers and services in one process. */
export interface System {
  readonly connections: Connections
  stop(): Promise<void>
}

/** Starts the servers and then services, all unless named. What was started is stopped again where one fails. */
export const startSystem = async (
  config: Config,
  logger: Logger,
  progress: (step: string, detail?: string) => void,
  names: readonly ServiceName[] = serviceNames,
): Promise<System> => {
  const servers = await startServers(config, logger, progress)
  const connections = connect(config, servers.endpoints, logger)
  const started: { stop(): Promise<void> }[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((service) => service.stop()))
    await connections.close()
    await servers.stop()
  }
  try {
    await prepare(connections)
    const results = await Promise.allSettled(names.map((name) => services[name](connections)))
    for (const result of results) if (result.status === 'fulfilled') started.push(result.value)
    for (const result of results) if (result.status === 'rejected') throw result.reason
    progress('processors', 'running')
    return { connections, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

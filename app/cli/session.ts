import { join } from 'node:path'
import { createLogger } from '../../infra/telemetry/logger.ts'
import { type Config, findEndpoints, loadConfig } from '../config.ts'
import { type Connections, connect } from '../connect.ts'

/** The log of a command lies beside those of the servers; the terminal is for answers. */
export const loggerOf = (config: Config, name: string) =>
  createLogger({ level: config.logLevel, name, file: join(config.home, 'logs', `${name}.log`) })

/** Lends the connections to the running servers to one command, and ends them after it. */
export const withConnections = async <T>(use: (connections: Connections) => Promise<T>): Promise<T> => {
  const config = loadConfig()
  const connections = connect(config, findEndpoints(config), loggerOf(config, 'command'))
  try {
    return await use(connections)
  } finally {
    await connections.close()
  }
}

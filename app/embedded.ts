import { join } from 'node:path'
import { type Logger } from 'pino'
import { type Endpoints } from '../infra/embedded/endpoints.ts'
import { startStack } from '../infra/embedded/stack.ts'
import { type Config, forgetEndpoints, saveEndpoints } from './config.ts'

/** The servers of this installation: one's own as configured, or the embedded ones, started here. */
export const startServers = async (
  config: Config,
  logger: Logger,
  progress: (step: string, detail?: string) => void,
): Promise<{ readonly endpoints: Endpoints; stop(): Promise<void> }> => {
  if (config.servers) return { endpoints: config.servers, stop: () => Promise.resolve() }
  const cacheDir = cacheOf(config)
  const stack = await startStack({ dataDir: config.home, cacheDir, progress, logger }, config.ports)
  saveEndpoints(config, stack.endpoints)
  return {
    endpoints: stack.endpoints,
    stop: async () => {
      forgetEndpoints(config)
      await stack.stop()
    },
  }
}

/** Where downloads are kept. */
export const cacheOf = (config: Config): string => config.cache ?? join(config.home, 'cache')

/** Resolves at Ctrl-C or when asked to end; a second Ctrl-C ends at once. */
export const untilStopped = (): Promise<void> =>
  new Promise((resolve) => {
    const stop = (): void => {
      process.once('SIGINT', () => process.exit(130))
      resolve()
    }
    process.once('SIGINT', stop)
    process.once('SIGTERM', stop)
  })

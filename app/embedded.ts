import { join } from 'node:path'
import { type Logger } from 'pino'
import { type Endpoints } from '../infra/embedded/endpoints.ts'
import { startStack } from '../infra/embedded/stack.ts'
import { claim } from './claim.ts'
import { type Config, forgetEndpoints, saveEndpoints } from './config.ts'

/** The servers of this installation: one's own as configured, or the embedded ones, started here. */
export const startServers = async (
  config: Config,
  logger: Logger,
  progress: (step: string, detail?: string) => void,
): Promise<{ readonly endpoints: Endpoints; stop(): Promise<void> }> => {
  if (config.servers) return { endpoints: config.servers, stop: () => Promise.resolve() }
  const giveUp = claim(config.home, 'raddeploy')
  const setup = { dataDir: config.home, cacheDir: cacheOf(config), progress, logger }
  const stack = await startStack(setup, config.ports).catch((error: unknown) => {
    giveUp()
    throw error
  })
  saveEndpoints(config, stack.endpoints)
  return {
    endpoints: stack.endpoints,
    stop: async () => {
      forgetEndpoints(config)
      await stack.stop()
      giveUp()
    },
  }
}

/** Where downloads are kept. */
export const cacheOf = (config: Config): string => config.cache ?? join(config.home, 'cache')

/** Within this time a second SIGINT is the same Ctrl-C: the terminal sends it to npm and to us, and npm passes it on. */
const oneCtrlCMs = 1000

/**
 * Resolves at Ctrl-C, at SIGTERM, or when the terminal is closed; a second Ctrl-C ends at once. To be called
 * before anything is started, so that nothing is left behind when it is ended while it starts.
 */
export const untilStopped = (): Promise<void> =>
  new Promise((resolve) => {
    let since: number | undefined
    const stop = (signal: NodeJS.Signals): void => {
      if (signal === 'SIGINT' && since !== undefined && performance.now() - since > oneCtrlCMs)
        process.exit(130)
      since ??= performance.now()
      resolve()
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  })

/** Waits for a start that cannot be broken off; says so where it is asked to stop meanwhile. */
export const startedUnless = async <T>(
  stopped: Promise<void>,
  starting: Promise<T>,
  say: (text: string) => void,
): Promise<T> => {
  let done = false
  void stopped.then(() => {
    if (!done) say('stopping as soon as all is up (Ctrl-C again ends at once and leaves the servers running)')
  })
  try {
    return await starting
  } finally {
    done = true
  }
}

import { RadDeployError } from '../../core/error/error.ts'
import { startServers, startedUnless, untilStopped } from '../embedded.ts'
import { type Config, findEndpoints, loadConfig, workerIdOf } from '../config.ts'
import { connect, prepare } from '../connect.ts'
import { progressOn } from '../progress.ts'
import { viewOf } from '../progressView.ts'
import { type ServiceName, serviceNames } from '../names.ts'
import { loggerOf } from './session.ts'
import { type WorkerOptions, refuseWorkerOptions, withWorkerOptions } from './workerOptions.ts'

/** One service alone, until Ctrl-C; `stack` is the servers without any service. */
export const run = async (name: string, options: WorkerOptions): Promise<void> => {
  if (name !== 'stack' && !isService(name))
    throw new RadDeployError(
      'RD_USAGE',
      `there is no service ${name}; there are stack, ${serviceNames.join(', ')}`,
      { name },
    )
  refuseWorkerOptions(name, options)
  const config = withWorkerOptions(loadConfig(), options)
  return name === 'stack' ? runStack(config) : runService(name, config, options)
}

const isService = (name: string): name is ServiceName => serviceNames.includes(name as ServiceName)

const runStack = async (config: Config): Promise<never> => {
  const view = viewOf()
  const stopped = untilStopped()
  const starting = startServers(config, loggerOf(config, 'stack'), progressOn(view))
  const servers = await startedUnless(stopped, starting, view.text).finally(view.close)
  process.stdout.write('stack: running\n')
  // Node ends where nothing is left to do, and waiting for a signal is nothing to it.
  const staying = setInterval(() => undefined, 60_000)
  await stopped
  clearInterval(staying)
  await servers.stop()
  process.exit(0)
}

const runService = async (
  name: ServiceName,
  config: Config,
  { dockerHost }: WorkerOptions,
): Promise<never> => {
  const found = findEndpoints(config)
  const endpoints = dockerHost === undefined ? found : { ...found, docker: { host: dockerHost } }
  // Several workers of one host have a log, and a name at Kafka, of their own.
  const own = name === 'worker' ? workerIdOf(config) : config.instance
  const logger = loggerOf(config, own === config.instance ? name : `${name}-${own}`)
  const { services } = await import('../services.ts')
  const connections = connect(config, endpoints, logger, own)
  await prepare(connections)
  const running = await services[name](connections)
  process.stdout.write(`${name}: running\n`)
  await untilStopped()
  await running.stop()
  await connections.close()
  process.exit(0)
}

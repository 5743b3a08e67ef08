import { RadDeployError } from '../../core/error/error.ts'
import { startServers, startedUnless, untilStopped } from '../embedded.ts'
import { findEndpoints, loadConfig } from '../config.ts'
import { connect, prepare } from '../connect.ts'
import { type ServiceName, serviceNames } from '../names.ts'
import { loggerOf } from './session.ts'

/** One service alone, until Ctrl-C; `stack` is the servers without any service. */
export const run = async (name: string): Promise<void> => {
  const config = loadConfig()
  if (name === 'stack') {
    const progress = (step: string, detail?: string): void =>
      void process.stdout.write(`${step.padEnd(16)} ${detail ?? ''}\n`)
    const stopped = untilStopped()
    const starting = startServers(config, loggerOf(config, 'stack'), progress)
    const servers = await startedUnless(stopped, starting, progress)
    process.stdout.write('stack: running\n')
    await stopped
    await servers.stop()
    process.exit(0)
  }
  if (!serviceNames.includes(name as ServiceName))
    throw new RadDeployError(
      'RD_USAGE',
      `there is no service ${name}; there are stack, ${serviceNames.join(', ')}`,
      { name },
    )
  const { services } = await import('../services.ts')
  const connections = connect(config, findEndpoints(config), loggerOf(config, name))
  await prepare(connections)
  const running = await services[name as ServiceName](connections)
  process.stdout.write(`${name}: running\n`)
  await untilStopped()
  await running.stop()
  await connections.close()
  process.exit(0)
}

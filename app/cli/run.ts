import { RadDeployError } from '../../core/error/error.ts'
import { startServers, startedUnless, untilStopped } from '../embedded.ts'
import { findEndpoints, loadConfig } from '../config.ts'
import { connect, prepare } from '../connect.ts'
import { progressOn } from '../progress.ts'
import { viewOf } from '../progressView.ts'
import { type ServiceName, serviceNames } from '../names.ts'
import { loggerOf } from './session.ts'

/** One service alone, until Ctrl-C; `stack` is the servers without any service. */
export const run = async (name: string): Promise<void> => {
  const config = loadConfig()
  if (name === 'stack') {
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

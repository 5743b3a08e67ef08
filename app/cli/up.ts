import { startedUnless, untilStopped } from '../embedded.ts'
import { loadConfig } from '../config.ts'
import { progressOn } from '../progress.ts'
import { viewOf } from '../progressView.ts'
import { startSystem } from '../system.ts'
import { loggerOf } from './session.ts'
import { endpointLines } from './status.ts'

/** Everything in one process, until Ctrl-C. */
export const up = async (): Promise<void> => {
  const config = loadConfig()
  const view = viewOf()
  const stopped = untilStopped()
  const starting = startSystem(config, loggerOf(config, 'raddeploy'), progressOn(view))
  const system = await startedUnless(stopped, starting, view.text).finally(view.close)
  const { endpoints } = system.connections
  process.stdout.write(`\n${endpointLines(config, endpoints)}\n\nCtrl-C stops it.\n`)
  await stopped
  process.stdout.write('stopping\n')
  await system.stop()
  process.exit(0)
}

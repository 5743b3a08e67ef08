import { startedUnless, untilStopped } from '../embedded.ts'
import { loadConfig } from '../config.ts'
import { startSystem } from '../system.ts'
import { loggerOf } from './session.ts'
import { endpointLines } from './status.ts'

/** Everything in one process, until Ctrl-C. */
export const up = async (): Promise<void> => {
  const config = loadConfig()
  const progress = (step: string, detail?: string): void =>
    void process.stdout.write(`${step.padEnd(16)} ${detail ?? ''}\n`)
  const stopped = untilStopped()
  const starting = startSystem(config, loggerOf(config, 'raddeploy'), progress)
  const system = await startedUnless(stopped, starting, progress)
  const { endpoints } = system.connections
  process.stdout.write(`\n${endpointLines(config, endpoints)}\n\nCtrl-C stops it.\n`)
  await stopped
  process.stdout.write('stopping\n')
  await system.stop()
  process.exit(0)
}

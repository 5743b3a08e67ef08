import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { loggerOf } from '../cli/session.ts'
import { endpointLines } from '../cli/status.ts'
import { loadConfig } from '../config.ts'
import { startedUnless, untilStopped } from '../embedded.ts'
import { progressOn } from '../progress.ts'
import { viewOf } from '../progressView.ts'
import { startSystem } from '../system.ts'
import { type Destination, startDestination } from './destination.ts'
import { destinationPort } from './prepare.ts'
import { show } from './show.ts'

/** Shows it all on this machine: a head CT goes in by DICOM, an RTSTRUCT comes back, each step an event. */
export const demo = async (once: boolean): Promise<void> => {
  const config = loadConfig()
  const folder = join(config.home, 'demo')
  const logger = loggerOf(config, 'raddeploy')
  const stopped = untilStopped()
  let asked = false
  void stopped.then(() => (asked = true))
  const view = viewOf()
  view.text(`raddeploy: a head CT in, an RTSTRUCT out. Data and logs: ${config.home}\n`)
  const say = (text: string): void => view.text(text)
  try {
    const system = await startedUnless(stopped, startSystem(config, logger, progressOn(view)), say)
    let destination: Destination | undefined
    let good = false
    try {
      view.settle()
      destination = await startDestination({
        port: destinationPort,
        folder: join(folder, 'received'),
        logger,
      })
      const { connections } = system
      good = (await Promise.race([show(connections, destination, folder, view), stopped])) ?? false
      if (!once && !asked) {
        view.text(`\n${endpointLines(config, connections.endpoints)}`)
        view.text('\nCtrl-C stops it. History is kept: npm start again, or `npx raddeploy up`.')
        await stopped
      }
    } finally {
      if (asked) view.text('stopping')
      view.close()
      await destination?.close()
      await system.stop()
      await rm(join(folder, 'ct'), { recursive: true, force: true })
    }
    process.exit(good || (asked && !once) ? 0 : 1)
  } finally {
    view.close()
  }
}

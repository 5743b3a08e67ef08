import { existsSync } from 'node:fs'
import { readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startDocker } from '../../infra/embedded/docker.ts'
import { postgresData } from '../../infra/embedded/postgres.ts'
import { type Setup } from '../../infra/embedded/setup.ts'
import { createLogger } from '../../infra/telemetry/logger.ts'

/** Ends and deletes what runs of the tests have left that were killed before they could clean up. */
export const removeLeftovers = async (): Promise<void> => {
  for (const name of await readdir('/tmp')) {
    if (!/^rdt-\w{6}$/.test(name)) continue
    const dataDir = join('/tmp', name)
    const owner = await readFile(join(dataDir, 'owner.pid'), 'utf8').catch(() => undefined)
    // Without an owner it has just been made by a run that is starting.
    if (owner === undefined || existsSync(`/proc/${owner}`)) continue
    const logger = createLogger({ level: 'silent', name: 'tests' })
    await remove({ dataDir, cacheDir: dataDir, progress: () => undefined, logger })
  }
}

const remove = async (setup: Setup): Promise<void> => {
  // Only a living engine can end its containers and undo its mounts: take it over, then stop it.
  if (existsSync(join(setup.dataDir, 'run', 'docker.pid')))
    await startDocker(setup).then(
      (engine) => engine.stop(),
      () => undefined,
    )
  for (const pid of await serversOf(setup.dataDir)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      continue
    }
    for (let tries = 0; tries < 200 && existsSync(`/proc/${pid}`); tries += 1) await pause(10)
  }
  for (const folder of [postgresData(setup), setup.dataDir])
    await rm(folder, { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined)
}

/** Our servers carry their installation's folder in their environment, and so do their children. */
const serversOf = async (dataDir: string): Promise<number[]> => {
  const pids: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const environment = await readFile(join('/proc', name, 'environ'), 'utf8').catch(() => '')
    if (environment.split('\0').includes(`RADDEPLOY_DATA=${dataDir}`)) pids.push(Number(name))
  }
  return pids
}

import { existsSync } from 'node:fs'
import { readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startDocker, unmountBelow } from '../../infra/embedded/docker.ts'
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
    await removeStack(dataDir)
  }
}

/** Ends the servers whose data lies there, and deletes the folder. */
export const removeStack = async (dataDir: string): Promise<void> => {
  const logger = createLogger({ level: 'silent', name: 'tests' })
  const setup: Setup = { dataDir, cacheDir: dataDir, progress: () => undefined, logger }
  // Only a living engine can end its containers and undo its mounts: take it over, then stop it.
  if (existsSync(join(setup.dataDir, 'run', 'docker.pid')))
    await startDocker(setup).then(
      (engine) => engine.stop(),
      () => undefined,
    )
  for (let pids = await serversOf(setup.dataDir); pids.length > 0; pids = await serversOf(setup.dataDir)) {
    for (const pid of pids) kill(pid)
    await pause(20)
  }
  await unmountBelow(setup.dataDir)
  for (const folder of [postgresData(setup), setup.dataDir])
    await rm(folder, { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined)
}

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
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

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Setup } from '../../infra/embedded/setup.ts'
import { until } from './until.ts'

/** The process of an embedded server, by the server's name. */
export const pidOf = ({ dataDir }: Pick<Setup, 'dataDir'>, server: string): number =>
  Number(readFileSync(join(dataDir, 'run', `${server}.pid`), 'utf8'))

const isRunning = (pid: number): boolean =>
  existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))

/** Kills a server as a power cut would, and waits until it no longer is. */
export const killServer = async (setup: Pick<Setup, 'dataDir'>, server: string): Promise<void> => {
  const pid = pidOf(setup, server)
  process.kill(pid, 'SIGKILL')
  await until(() => !isRunning(pid), `the end of ${server}`, 5000)
}

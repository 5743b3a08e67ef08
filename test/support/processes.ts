import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ServiceName, serviceNames } from '../../app/names.ts'
import { type Endpoints } from '../../infra/embedded/endpoints.ts'
import { homeFolder } from './homeFolder.ts'
import { type Session, type as typed } from './terminal.ts'

const command = join(import.meta.dirname, '../../app/raddeploy.mjs')

/** A command of ours as a process of its own, that may be killed and started again. */
export interface Process {
  /** Starts it, and resolves when it says that it runs. */
  start(): Promise<void>
  /** Kills it as a power failure would, and resolves when it is gone. */
  kill(): Promise<void>
  stop(): Promise<void>
}

/** The system in processes of its own, against servers that are there. Nothing is started yet. */
export interface Processes {
  /** Each service alone, as `raddeploy run NAME` starts it. */
  readonly alone: Readonly<Record<ServiceName, Process>>
  /** All services in one process, as `raddeploy up` starts them. */
  readonly together: Process
  /** Starts each service alone. */
  startAll(): Promise<void>
  stop(): Promise<void>
}

/** Lays out the processes of one installation; the SCP listens on `scpPort`. `more` is further configuration. */
export const processesFor = async (
  servers: Endpoints,
  scpPort: number,
  more: object = {},
): Promise<Processes> => {
  const home = await homeFolder()
  const scp = { host: '127.0.0.1', port: scpPort }
  await writeFile(
    home.environment['RADDEPLOY_CONFIG']!,
    JSON.stringify({ servers, instance: 'ward', scp, worker: { slots: 2 }, ...more }),
  )
  const processOf = (args: readonly string[], running: RegExp): Process => {
    let session: Session | undefined
    const end = async (signal: NodeJS.Signals): Promise<void> => {
      session?.signal(signal)
      await session?.ended()
    }
    return {
      start: () => {
        session = typed([process.execPath, command, ...args], home.environment)
        return session.says(running, 120_000)
      },
      kill: () => end('SIGKILL'),
      stop: () => end('SIGTERM'),
    }
  }
  const alone = Object.fromEntries(
    serviceNames.map((name) => [name, processOf(['run', name], new RegExp(`^${name}: running$`, 'm'))]),
  ) as Record<ServiceName, Process>
  const together = processOf(['up'], /Ctrl-C stops it/)
  return {
    alone,
    together,
    startAll: async () => {
      // The first alone, so that it compiles and makes the topics; then the rest.
      const [first, ...others] = serviceNames
      await alone[first].start()
      await Promise.all(others.map((name) => alone[name].start()))
    },
    stop: async () => {
      await Promise.all([together, ...Object.values(alone)].map((one) => one.stop()))
      await home.remove()
    },
  }
}

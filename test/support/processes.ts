import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type ServiceName, serviceNames } from '../../app/names.ts'
import { type Endpoints } from '../../infra/embedded/endpoints.ts'

const command = join(import.meta.dirname, '../../app/raddeploy.mjs')

/** Every service as a process of its own, as `raddeploy run NAME` starts it. */
export interface Processes {
  /** Kills a service as a power failure would, and resolves when it is gone. */
  kill(name: ServiceName): Promise<void>
  /** Starts a service that was killed, and resolves when it runs. */
  restart(name: ServiceName): Promise<void>
  stop(): Promise<void>
}

/** Starts all services against the servers; the SCP listens on `scpPort`. */
export const startProcesses = async (endpoints: Endpoints, scpPort: number): Promise<Processes> => {
  const home = await mkdtemp(join(tmpdir(), 'rd-processes-'))
  const config = join(home, 'raddeploy.yaml')
  const scp = { host: '127.0.0.1', port: scpPort }
  await writeFile(
    config,
    JSON.stringify({ home, servers: endpoints, instance: 'ward', scp, worker: { slots: 2 } }),
  )
  const children = new Map<ServiceName, ChildProcess>()

  const start = async (name: ServiceName): Promise<void> => {
    const child = spawn(process.execPath, [command, 'run', name], {
      env: { ...process.env, RADDEPLOY_CONFIG: config, RADDEPLOY_HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.set(name, child)
    const said: string[] = []
    child.stderr.on('data', (bytes: Buffer) => said.push(bytes.toString()))
    const lines = createInterface({ input: child.stdout })
    await new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => {
        said.push(line)
        if (line === `${name}: running`) resolve()
      })
      child.once('exit', (code) => reject(new Error(`${name} ended with ${code}: ${said.join('\n')}`)))
    })
  }
  const end = async (name: ServiceName, signal: NodeJS.Signals): Promise<void> => {
    const child = children.get(name)
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  // The first alone, so that it compiles and makes the topics; then the rest.
  await start(serviceNames[0])
  await Promise.all(serviceNames.slice(1).map(start))
  return {
    kill: (name) => end(name, 'SIGKILL'),
    restart: start,
    stop: async () => {
      await Promise.all(serviceNames.map((name) => end(name, 'SIGTERM')))
      await rm(home, { recursive: true, force: true })
    },
  }
}

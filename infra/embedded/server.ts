import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { RadDeployError, messageOf } from '../../core/error/error.ts'
import { isFree } from './ports.ts'
import { type Setup } from './setup.ts'

/** How one server is started and known to be ready. */
export interface ServerSpec {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** Where it will listen on 127.0.0.1. */
  readonly ports?: readonly number[]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Done before each start, the first and those after a crash. */
  readonly before?: () => Promise<void>
  /** Resolves when the server answers, rejects while it does not. */
  readonly ready: () => Promise<unknown>
  readonly readyWithinMs?: number
  /** How it is asked to stop. */
  readonly stopSignal?: NodeJS.Signals
  readonly stopWithinMs?: number
}
export interface Server {
  stop(): Promise<void>
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] !== 'Z'
  } catch {
    return false
  }
}

/** Names the installation and the server in the environment of each process we start. */
const marks = (spec: ServerSpec, setup: Setup): Record<string, string> => ({
  RADDEPLOY_DATA: setup.dataDir,
  RADDEPLOY_SERVER: spec.name,
})

/** True when the process is the one we started, and no other one that has got its pid since. */
const isOurs = (pid: number, spec: ServerSpec, setup: Setup): boolean => {
  if (!alive(pid)) return false
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
    return Object.entries(marks(spec, setup)).every(([name, value]) =>
      environment.includes(`${name}=${value}`),
    )
  } catch {
    return false
  }
}

/**
 * Starts a server in a process group of its own, with its log and its pid in files, or takes over the one
 * that an earlier process of ours left running; waits until it answers; starts it again when it dies.
 */
export const startServer = async (spec: ServerSpec, setup: Setup): Promise<Server> => {
  const pidFile = join(setup.dataDir, 'run', `${spec.name}.pid`)
  const logFile = join(setup.dataDir, 'logs', `${spec.name}.log`)
  for (const file of [pidFile, logFile]) mkdirSync(dirname(file), { recursive: true })
  const stopping = new AbortController()
  const { signal } = stopping
  let pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0
  const runs = (): boolean => isOurs(pid, spec, setup)

  const launch = async (): Promise<void> => {
    await spec.before?.()
    for (const port of spec.ports ?? [])
      if (!(await isFree(port)))
        throw new RadDeployError(
          'RD_STACK_START_FAILED',
          `${spec.name}: another program listens on port ${port}; end it, or choose another port in raddeploy.yaml`,
          { server: spec.name, port },
        )
    // Who is told to stop while he prepares does not start what nobody would stop.
    signal.throwIfAborted()
    const log = openSync(logFile, 'a')
    const child = spawn(spec.command, [...spec.args], {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: spec.cwd,
      env: { ...process.env, ...spec.env, ...marks(spec, setup) },
    })
    closeSync(log)
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    child.unref()
    pid = child.pid!
    writeFileSync(pidFile, String(pid))
  }

  const untilReady = async (): Promise<void> => {
    const deadline = performance.now() + (spec.readyWithinMs ?? 60_000)
    for (;;) {
      const failure: unknown = await spec.ready().then(
        () => undefined,
        (error: unknown) => error ?? new Error('not ready'),
      )
      if (failure === undefined) return
      signal.throwIfAborted()
      if (!alive(pid) || performance.now() > deadline)
        throw new RadDeployError(
          'RD_STACK_START_FAILED',
          `${spec.name} did not become ready (${messageOf(failure)}); its log is ${logFile}`,
          { server: spec.name, logFile },
          failure,
        )
      await pause(50)
    }
  }

  /** False when it was cut short by a stop. */
  const waited = (milliseconds: number): Promise<boolean> =>
    pause(milliseconds, true, { ref: false, signal }).catch(() => false)

  const supervise = async (): Promise<void> => {
    let wait = 200
    while (await waited(250)) {
      if (runs()) continue
      setup.logger.warn({ server: spec.name }, 'the server died; starting it again')
      try {
        await launch()
        await untilReady()
        wait = 200
      } catch (error) {
        if (signal.aborted) return
        setup.logger.error({ server: spec.name, error: messageOf(error) }, 'could not start the server again')
        await waited((wait = Math.min(wait * 2, 10_000)))
      }
    }
  }

  const end = async (): Promise<void> => {
    const deadline = performance.now() + (spec.stopWithinMs ?? 15_000)
    if (runs()) process.kill(pid, spec.stopSignal ?? 'SIGTERM')
    while (runs() && performance.now() < deadline) await pause(25)
    if (runs()) process.kill(pid, 'SIGKILL')
    while (runs()) await pause(10)
    rmSync(pidFile, { force: true })
  }

  if (!runs()) await launch()
  try {
    await untilReady()
  } catch (error) {
    await end()
    throw error
  }
  const supervising = supervise()
  return {
    stop: async () => {
      stopping.abort()
      await supervising
      await end()
    },
  }
}

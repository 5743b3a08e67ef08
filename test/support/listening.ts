import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'

/** A server of somebody else's under way, in a process of its own. */
export interface Listening {
  readonly port: number
  readonly pid: number
  stop(): Promise<void>
}

/** Starts a program that is to listen on a port. Its output is seen where it fails to. */
export const listening = async (
  port: number,
  [program, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
): Promise<Listening> => {
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (said = `${said}${String(text)}`.slice(-2000)))
  const failed = once(child, 'exit').then(() => {
    throw new Error(`${program} ended at its start: ${said}`)
  })
  try {
    await Promise.race([answers(port), failed])
  } catch (error) {
    await ended(child)
    throw error
  }
  failed.catch(() => undefined)
  return { port, pid: child.pid!, stop: () => ended(child) }
}

const ended = async (child: ChildProcess): Promise<void> => {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await gone
  clearTimeout(late)
}

const answers = async (port: number): Promise<void> => {
  const deadline = performance.now() + 60_000
  while (performance.now() < deadline) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
    })
    socket.destroy()
    if (isOpen) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`nothing listens on port ${port}`)
}

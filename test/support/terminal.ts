import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** A command as a user starts it in the folder of the repository, with a process group of its own. */
export interface Session {
  /** What it has said so far, on both streams. */
  said(): string
  /** Waits until it has said something; rejects when it ends without, or at the deadline. */
  says(pattern: RegExp, deadlineMs?: number): Promise<void>
  /** Ctrl-C: the terminal sends SIGINT to every process of the group. */
  interrupt(): void
  /** Sends a signal to the command itself alone. */
  signal(signal: NodeJS.Signals): void
  /** Waits for its end; gives the exit code, or the signal that ended it. */
  ended(deadlineMs?: number): Promise<number | NodeJS.Signals>
  /** Kills the whole group, where it still is. */
  kill(): void
}

/** Settings that are not those of whoever runs the tests. */
const environmentWith = (own: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(RADDEPLOY_|npm_|VITEST|NODE_ENV)/.test(name)),
  ),
  ...own,
})

/** Starts a command as if it were typed. */
export const type = (
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  cwd: string = root,
): Session => {
  const [program, ...args] = command
  const child: ChildProcess = spawn(program!, args, {
    cwd,
    env: environmentWith(environment),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  const listeners = new Set<() => void>()
  const heard = (bytes: Buffer | string): void => {
    text += String(bytes)
    for (const listener of listeners) listener()
  }
  child.stdout!.on('data', heard)
  child.stderr!.on('data', heard)
  const end = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  end.catch(heard)

  const within = <T>(work: Promise<T>, what: string, deadlineMs: number): Promise<T> => {
    let timer: NodeJS.Timeout
    const late = new Promise<never>((_, reject) => {
      const fail = (): void =>
        reject(new Error(`${command.join(' ')}: ${what} not within ${deadlineMs} ms:\n${text}`))
      timer = setTimeout(fail, deadlineMs)
    })
    return Promise.race([work, late]).finally(() => clearTimeout(timer))
  }
  const toGroup = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-child.pid!, signal)
    } catch {
      // It has ended by itself.
    }
  }
  return {
    said: () => text,
    says: (pattern, deadlineMs = 60_000) => {
      let look: () => void
      const said = new Promise<void>((resolve, reject) => {
        look = (): void => {
          if (pattern.test(text)) resolve()
        }
        listeners.add(look)
        look()
        void end.then(() =>
          reject(new Error(`${command.join(' ')} ended without saying ${String(pattern)}:\n${text}`)),
        )
      })
      return within(said, String(pattern), deadlineMs).finally(() => listeners.delete(look))
    },
    interrupt: () => toGroup('SIGINT'),
    signal: (signal) => void child.kill(signal),
    ended: async (deadlineMs = 60_000) => {
      const [code, signal] = await within(end, 'its end came', deadlineMs)
      return code ?? signal!
    },
    kill: () => toGroup('SIGKILL'),
  }
}

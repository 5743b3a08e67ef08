import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { type Logger } from 'pino'
import { RadDeployError } from '../../core/error/error.ts'

/** Where the embedded servers keep things, and who is told what is going on. */
export interface Setup {
  /** Data, logs and secrets of this installation. */
  readonly dataDir: string
  /** What was downloaded or built; may be shared by installations. */
  readonly cacheDir: string
  readonly progress: (step: string, detail?: string) => void
  readonly logger: Logger
}

/** Does a step once for ever: the stamp is written when it has succeeded. */
export const once = async (setup: Setup, name: string, step: () => Promise<void>): Promise<void> => {
  const stamp = join(setup.cacheDir, 'stamps', name)
  if (existsSync(stamp)) return
  await step()
  await mkdir(join(setup.cacheDir, 'stamps'), { recursive: true })
  await writeFile(stamp, '')
}

/** Where a program is, or undefined where it is not on the PATH. */
export const which = async (program: string): Promise<string | undefined> => {
  const { stdout, failed } = await execa('sh', ['-c', `command -v ${program}`], { reject: false })
  return failed ? undefined : stdout
}

/** Runs a set-up command to its end; RD_SETUP_FAILED with its last line where it fails. */
export const execute = async (
  what: string,
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
): Promise<void> => {
  const { failed, all, shortMessage } = await execa(program, args, {
    ...options,
    all: true,
    reject: false,
    stdin: 'ignore',
  })
  if (!failed) return
  const lines = all.trim().split('\n')
  const last = lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? shortMessage
  throw new RadDeployError('RD_SETUP_FAILED', `${what} failed: ${last}`, { program, args: [...args] })
}

let installing: Promise<void> = Promise.resolve()

/** Installs Debian packages where we may: as root, with apt. Otherwise says in one line what to install. */
export const aptInstall = (setup: Setup, packages: readonly string[], why: string): Promise<void> => {
  const install = async (): Promise<void> => {
    if (process.getuid?.() !== 0 || !(await which('apt-get')))
      throw new RadDeployError(
        'RD_SETUP_MISSING',
        `${why} is missing; install it with: apt-get install ${packages.join(' ')}`,
        {
          packages: [...packages],
        },
      )
    setup.progress(why, `installing ${packages.join(' ')}`)
    const env = { DEBIAN_FRONTEND: 'noninteractive' }
    const args = ['install', '-y', '--no-install-recommends', ...packages]
    const first = await execa('apt-get', args, { env, reject: false, all: true, stdin: 'ignore' })
    if (!first.failed) return
    await execute('apt-get update', 'apt-get', ['update'], { env })
    await execute(`installing ${packages.join(' ')}`, 'apt-get', args, { env })
  }
  return (installing = installing.catch(() => undefined).then(install))
}

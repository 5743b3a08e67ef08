import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { type Logger } from 'pino'
import { RadDeployError, isRadDeployError } from '../../core/error/error.ts'
import { alone } from './alone.ts'

/** Where the embedded servers keep things, and who is told what is going on. */
export interface Setup {
  /** Data, logs and secrets of this installation. */
  readonly dataDir: string
  /** What was downloaded or built; may be shared by installations. */
  readonly cacheDir: string
  readonly progress: (step: string, detail?: string) => void
  readonly logger: Logger
}

/** A set-up step by the name of its stamp, and a file or folder that is there when it has been done. */
export interface Step {
  readonly stamp: string
  readonly product: string
}

/** Does a step once for ever, also where several processes want it: the stamp is written when it succeeded. */
export const once = async (setup: Setup, step: Step, work: () => Promise<void>): Promise<void> => {
  if (isDone(setup, step)) return
  await mkdir(stamps(setup), { recursive: true })
  const stamp = join(stamps(setup), step.stamp)
  await alone(`${stamp}.lock`, async () => {
    if (isDone(setup, step)) return
    await work()
    await writeFile(stamp, '')
  })
}

/** True when the step was done, now or in an earlier run, and what it made is still there. */
export const isDone = (setup: Setup, { stamp, product }: Step): boolean =>
  existsSync(join(stamps(setup), stamp)) && existsSync(product)
const stamps = (setup: Setup): string => join(setup.cacheDir, 'stamps')

/** True where we may install packages and start an engine. */
export const isRoot = (): boolean => process.getuid?.() === 0

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
    if (!isRoot() || !(await which('apt-get')))
      throw new RadDeployError(
        'RD_SETUP_MISSING',
        `${why} is missing; install it with: apt-get install ${packages.join(' ')}`,
        { why, packages: [...packages] },
      )
    setup.progress(why, `installing ${packages.join(' ')}`)
    const env = { DEBIAN_FRONTEND: 'noninteractive' }
    // A machine that has just come up may be busy with its own updates.
    const patience = ['-o', 'DPkg::Lock::Timeout=300']
    const args = ['install', '-y', '--no-install-recommends', ...patience, ...packages]
    const first = await execa('apt-get', args, { env, reject: false, all: true, stdin: 'ignore' })
    if (!first.failed) return
    await execute('apt-get update', 'apt-get', ['update'], { env })
    await execute(`installing ${packages.join(' ')}`, 'apt-get', args, { env })
  }
  return (installing = installing.catch(() => undefined).then(install))
}

const packagesOf = ({ facts }: RadDeployError): readonly string[] =>
  (facts['packages'] as readonly string[] | undefined) ?? []

/**
 * What several failed steps come to: where more than one thing is missing, one line with all of it and what to
 * do about each; else the first failure.
 */
export const failureOf = (results: readonly PromiseSettledResult<unknown>[]): unknown => {
  const reasons = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  )
  const missing = reasons.filter((reason) => isRadDeployError(reason, 'RD_SETUP_MISSING'))
  if (missing.length < 2) return reasons[0]
  const forApt = missing.filter((one) => packagesOf(one).length > 0)
  const others = missing.filter((one) => packagesOf(one).length === 0).map(({ message }) => message)
  const packages = [...new Set(forApt.flatMap(packagesOf))]
  const why = [...new Set(forApt.map(({ facts }) => String(facts['why'])))].join(', ')
  const are = forApt.length > 1 ? 'are missing; install them' : 'is missing; install it'
  const byApt = packages.length > 0 ? [`${why} ${are} with: apt-get install ${packages.join(' ')}`] : []
  return new RadDeployError('RD_SETUP_MISSING', [...byApt, ...new Set(others)].join('; and '), {
    why,
    packages,
    others,
  })
}

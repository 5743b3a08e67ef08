import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type EmbeddedEndpoints } from '../../infra/embedded/endpoints.ts'
import { type Setup } from '../../infra/embedded/setup.ts'
import { type Stack, startStack } from '../../infra/embedded/stack.ts'
import { createLogger } from '../../infra/telemetry/logger.ts'
import { removeLeftovers, removeStack } from './leftovers.ts'

/** A stack that one run of the tests, or one spec, has for itself. */
export interface PrivateStack {
  readonly endpoints: EmbeddedEndpoints
  readonly setup: Setup
  /** Stops the servers and deletes all they have written. */
  stop(): Promise<void>
  /** Stops the servers and starts them again on the same folder. */
  restart(): Promise<EmbeddedEndpoints>
}

const repository = join(fileURLToPath(import.meta.url), '..', '..', '..')

/**
 * Starts every server on free ports in a new folder. The folder's name is short, since sockets lie below
 * it, and its mode lets the user in under whom Postgres runs. `before` happens in the folder before that.
 */
export const startPrivateStack = async (
  progress: Setup['progress'] = () => undefined,
  before: (setup: Setup) => Promise<void> = () => Promise.resolve(),
): Promise<PrivateStack> => {
  await removeLeftovers()
  const folder = await mkdtemp('/tmp/rdt-')
  await chmod(folder, 0o755)
  await writeFile(join(folder, 'owner.pid'), String(process.pid))
  const guardian = guard(folder)
  const setup: Setup = {
    dataDir: folder,
    cacheDir: process.env['RADDEPLOY_CACHE'] ?? join(repository, '.raddeploy', 'cache'),
    progress,
    logger: createLogger({ level: 'warn', name: 'tests', file: join(folder, 'logs', 'stack.log') }),
  }
  const remove = async (): Promise<void> => {
    guardian.kill('SIGKILL')
    await removeStack(folder)
  }
  let stack: Stack
  try {
    await before(setup)
    stack = await startStack(setup)
  } catch (error) {
    process.stderr.write(await tails(join(folder, 'logs')))
    await remove()
    throw error
  }
  const own: PrivateStack = {
    setup,
    get endpoints() {
      return stack.endpoints
    },
    stop: async () => {
      await stack.stop()
      await remove()
    },
    restart: async () => {
      await stack.stop()
      stack = await startStack(setup)
      return stack.endpoints
    },
  }
  return own
}

/** The last lines of each server's log: the folder goes, and the reason with it. */
const tails = async (folder: string): Promise<string> => {
  const parts: string[] = []
  for (const name of await readdir(folder).catch(() => []))
    parts.push(`--- ${name}`, ...(await readFile(join(folder, name), 'utf8')).trim().split('\n').slice(-15))
  return `${parts.join('\n')}\n`
}

/** A process that ends the stack when this one dies by a signal or a crash. */
const guard = (dataDir: string): ChildProcess => {
  const script = fileURLToPath(new URL('./guardian.ts', import.meta.url))
  const guardian = spawn(process.execPath, ['--import', 'tsx', script, dataDir], {
    cwd: repository,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guardian.unref()
  ;(guardian.stdin as unknown as { unref(): void }).unref()
  return guardian
}

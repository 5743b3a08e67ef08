import { chmod, mkdtemp, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { removeLeftovers, removeStack } from './leftovers.ts'
import { cacheDir } from './sample.ts'

/** A home folder of its own for commands that start servers, with the downloads that all share. */
export interface HomeFolder {
  readonly path: string
  /** What a command needs in its environment to live there. */
  readonly environment: Readonly<Record<string, string>>
  /** Ends what is still running there and deletes it. */
  remove(): Promise<void>
}

/**
 * Makes an empty home. Its name is short, since sockets lie below it; Postgres' user may walk into it; and
 * it says who owns it, so that the next run can clean up where this one is killed.
 */
export const homeFolder = async (): Promise<HomeFolder> => {
  await removeLeftovers()
  const path = await mkdtemp('/tmp/rdt-')
  await chmod(path, 0o755)
  await writeFile(join(path, 'owner.pid'), String(process.pid))
  // No settings of whoever has a raddeploy.yaml in the repository.
  const config = join(path, 'raddeploy.yaml')
  await writeFile(config, '{}\n')
  return {
    path,
    environment: {
      RADDEPLOY_HOME: path,
      RADDEPLOY_CACHE: cacheDir,
      RADDEPLOY_CONFIG: config,
      // The flows of the repository, in whose folder commands are called, are not for every test.
      RADDEPLOY_FLOWS: '',
      // By this a later run finds the command itself, beside its servers.
      RADDEPLOY_DATA: path,
    },
    remove: () => removeStack(path),
  }
}

/** Everything in the shared cache with when it was written: what changes is brought or built again. */
export const cacheContent = async (): Promise<readonly string[]> => {
  const names = (await readdir(cacheDir, { recursive: true })).filter((name) => !name.endsWith('.lock'))
  const entries = names.map(async (name) => `${name} ${(await stat(join(cacheDir, name))).mtimeMs}`)
  return (await Promise.all(entries)).sort()
}

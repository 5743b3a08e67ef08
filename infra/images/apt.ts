import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { extract, type Header } from 'tar-stream'
import { RadDeployError } from '../../core/error/error.ts'

/** Where downloads are kept between runs, and who is told what is going on. */
export interface DownloadOptions {
  readonly cacheDir: string
  readonly progress?: (message: string) => void
  /** The apt-get to call; only a test names another one. */
  readonly aptGet?: string
}

/** The cached .deb of a package, if there is one. Debian names them `<package>_<version>_<arch>.deb`. */
export const cachedPackage = (files: readonly string[], name: string): string | undefined =>
  files.find((file) => file.startsWith(`${name}_`) && file.endsWith('.deb'))

/**
 * Brings Debian packages as files, in the order of `names`; nothing is installed and nothing is fetched
 * twice. The package lists of the machine are used, or, where they are empty or old, lists of our own.
 * Throws RD_SETUP_MISSING where there is no apt, RD_SETUP_FAILED where it cannot bring a package.
 */
export const downloadPackages = async (
  names: readonly string[],
  { cacheDir, progress, aptGet = 'apt-get' }: DownloadOptions,
): Promise<string[]> => {
  const folder = join(cacheDir, 'debs')
  await mkdir(folder, { recursive: true })
  const present = await readdir(folder)
  const missing = names.filter((name) => !cachedPackage(present, name))
  if (missing.length > 0) {
    progress?.(`downloading ${missing.length} Debian packages`)
    // apt writes where it stands: a folder of its own, so that a half file never looks like a package
    const unfinished = await mkdtemp(join(folder, '.apt-'))
    try {
      await download(aptGet, missing, unfinished, join(cacheDir, 'apt-lists'), progress)
      for (const file of await readdir(unfinished))
        if (file.endsWith('.deb')) await rename(join(unfinished, file), join(folder, file))
    } finally {
      await rm(unfinished, { recursive: true, force: true })
    }
  }
  const files = await readdir(folder)
  return names.map((name) => {
    const file = cachedPackage(files, name)
    if (!file) throw new RadDeployError('RD_SETUP_FAILED', `apt brought no package ${name}`, { name })
    return join(folder, file)
  })
}

const asRoot = ['-o', 'APT::Sandbox::User=root']

const download = async (
  aptGet: string,
  names: readonly string[],
  cwd: string,
  lists: string,
  progress?: (message: string) => void,
): Promise<void> => {
  const first = await execa(aptGet, [...asRoot, 'download', ...names], { cwd, reject: false })
  if (first.code === 'ENOENT')
    throw new RadDeployError('RD_SETUP_MISSING', `${aptGet} is not on this machine`, { command: aptGet })
  if (!first.failed) return
  progress?.('the package lists are missing or old: updating a copy')
  await mkdir(join(lists, 'partial'), { recursive: true })
  const own = [
    ...asRoot,
    ...['-o', `Dir::State::Lists=${lists}`],
    ...['-o', 'Dir::Cache::pkgcache=', '-o', 'Dir::Cache::srcpkgcache='],
  ]
  try {
    await execa(aptGet, [...own, 'update'], { cwd })
    await execa(aptGet, [...own, 'download', ...names], { cwd })
  } catch (error) {
    throw new RadDeployError(
      'RD_SETUP_FAILED',
      `apt cannot bring ${names.join(' ')}: ${first.stderr.trim().split('\n').at(-1) ?? ''}`,
      { names },
      error,
    )
  }
}

/** One entry of a package: its name without a leading `./`; the content must be read or drained. */
export interface PackageEntry {
  readonly header: Header
  readonly content: AsyncIterable<Uint8Array>
}

/** The files of a .deb, one after the other, without writing any of them. RD_SETUP_FAILED if it is broken. */
export async function* packageEntries(deb: string): AsyncGenerator<PackageEntry> {
  const reader = execa('dpkg-deb', ['--fsys-tarfile', deb], { buffer: false, encoding: 'buffer' })
  const entries = extract()
  reader.stdout.on('error', (error) => entries.destroy(error))
  reader.stdout.pipe(entries)
  reader.catch((error: unknown) => entries.destroy(error as Error))
  try {
    for await (const entry of entries) {
      const header = { ...entry.header, name: entry.header.name.replace(/^\.\//, '').replace(/\/$/, '') }
      yield { header, content: entry as AsyncIterable<unknown> as PackageEntry['content'] }
      entry.resume()
    }
    await reader
  } catch (error) {
    throw new RadDeployError('RD_SETUP_FAILED', `cannot unpack ${deb}`, { deb }, error)
  } finally {
    reader.kill()
  }
}

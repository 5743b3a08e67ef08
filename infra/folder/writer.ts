import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { type Readable } from 'node:stream'
import { RadDeployError } from '../../core/error/error.ts'

/** What is to be written, and its hash. */
export interface Content {
  readonly size: number
  /** Asked for only where there is a file of that name and size. */
  sha256(): Promise<string>
  open(): Promise<Readable>
}

/** There is another file of that name. */
export class Taken extends Error {
  constructor() {
    super('there is a file of that name with other content')
  }
}

const isWithin = (root: string, path: string): boolean => {
  const way = relative(root, path)
  return way !== '..' && !way.startsWith(`..${sep}`)
}

/** A sub-folder of an allowed folder, into which whole files are put. */
export class Place {
  readonly #root: string
  readonly #folder: string

  private constructor(root: string, folder: string) {
    this.#root = root
    this.#folder = folder
  }

  /**
   * The sub-folder `name` of `folder`, made where it is missing. RD_CONFIG_INVALID where no allowed folder holds
   * it, wherever links lead to; RD_DESTINATION_UNAVAILABLE where it cannot be made.
   */
  static async open(folder: string, allowed: readonly string[], name: string): Promise<Place> {
    const refused = (): RadDeployError =>
      new RadDeployError('RD_CONFIG_INVALID', `scu.folders of the configuration does not allow ${folder}`, {
        folder,
      })
    const root = allowed.find((one) => isWithin(one, folder))
    if (root === undefined) throw refused()
    try {
      // The root itself is the host's to make: where a drive is not mounted, nothing is written below it.
      const real = await realpath(root)
      const own = join(folder, name)
      await mkdir(own, { recursive: true })
      if (!isWithin(real, await realpath(own))) throw refused()
      await removeStale(own)
      return new Place(real, own)
    } catch (error) {
      if (error instanceof RadDeployError) throw error
      const why = (error as NodeJS.ErrnoException).code ?? String(error)
      throw new RadDeployError(
        'RD_DESTINATION_UNAVAILABLE',
        `${folder} cannot be written: ${why}`,
        { folder },
        error,
      )
    }
  }

  /**
   * Puts a file: under a hidden name at first, renamed when it is whole and on the disk. The same file in the
   * same place is success, another one is Taken. `nonce` tells writers apart that do the same at once.
   */
  async write(path: string, nonce: string, content: Content): Promise<void> {
    const target = join(this.#folder, path)
    if (!isWithin(this.#folder, target) || target === this.#folder)
      throw new RadDeployError('RD_CONFIG_INVALID', 'a path leads out of its folder', {})
    const folder = dirname(target)
    await mkdir(folder, { recursive: true })
    if (!isWithin(this.#root, await realpath(folder)))
      throw new RadDeployError('RD_CONFIG_INVALID', 'a link leads out of the folder', {})
    const there = await sizeOf(target)
    if (there !== undefined) {
      if (there === content.size && (await hashOf(target)) === (await content.sha256())) return
      throw new Taken()
    }
    const hidden = join(folder, hiddenName(nonce))
    try {
      await fill(hidden, content)
      await rename(hidden, target)
    } catch (error) {
      await rm(hidden, { force: true }).catch(() => undefined)
      throw error
    }
    await synced(await open(folder, 'r'))
  }
}

const hiddenName = (nonce: string): string => `.raddeploy-${nonce}.part`
const staleAfterMs = 3_600_000

/** What a writer left that was killed; one that is still at work has written lately. */
const removeStale = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder, { recursive: true })) {
    if (!/^\.raddeploy-.*\.part$/.test(basename(name))) continue
    const path = join(folder, name)
    const { mtimeMs } = await stat(path)
    if (Date.now() - mtimeMs > staleAfterMs) await rm(path, { force: true })
  }
}

const fill = async (path: string, content: Content): Promise<void> => {
  const source = await content.open()
  const file = await open(path, 'wx')
  try {
    for await (const bytes of source as AsyncIterable<Buffer>) await file.writeFile(bytes)
  } catch (error) {
    await file.close()
    throw error
  }
  await synced(file)
}

const synced = async (file: FileHandle): Promise<void> => {
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

const sizeOf = async (path: string): Promise<number | undefined> => {
  try {
    return (await stat(path)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const hashOf = async (path: string): Promise<string> => {
  const hash = createHash('sha256')
  const file = await open(path, 'r')
  for await (const bytes of file.createReadStream() as AsyncIterable<Buffer>) hash.update(bytes)
  return hash.digest('hex')
}

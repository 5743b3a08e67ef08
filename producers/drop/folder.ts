import { type Dirent } from 'node:fs'
import { lstat, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isRadDeployError, messageOf } from '../../core/error/error.ts'

/** Where files go that were taken, and those that were refused. */
export const takenFolder = '.taken'
export const refusedFolder = '.refused'
const ours: readonly string[] = [takenFolder, refusedFolder]

/** What copiers call a file that is not whole yet. */
const isTemporary = (name: string): boolean =>
  name.startsWith('.') || name.startsWith('~') || /\.(part|partial|filepart|tmp|temp|crdownload)$/i.test(name)

/** By what it is seen that a file has changed, by its path relative to the folder. */
export type Snapshot = ReadonlyMap<string, string>
export interface Seen {
  /** What may be taken once the folder is quiet. */
  readonly files: Snapshot
  /** Everything that would change if somebody were writing: files under temporary names, too. */
  readonly all: Snapshot
}

/**
 * Looks at every file of a folder and its sub-folders but ours. Looking, and no notification, since a folder on a
 * network is told nothing of what other hosts write there.
 */
export const lookAt = async (folder: string): Promise<Seen> => {
  const files = new Map<string, string>()
  const all = new Map<string, string>()
  const look = async (below: string, isHidden: boolean): Promise<void> => {
    for (const entry of await entriesOf(join(folder, below), below === '')) {
      const path = join(below, entry.name)
      if (ours.includes(path)) continue
      const isLeftOut = isHidden || isTemporary(entry.name)
      if (entry.isDirectory()) await look(path, isLeftOut)
      else if (entry.isFile()) {
        const print = await printOf(folder, path)
        if (print === undefined) continue
        all.set(path, print)
        if (!isLeftOut) files.set(path, print)
      }
    }
  }
  await look('', false)
  return { files: new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1))), all }
}

/** What lies in a folder: nothing in a sub-folder that is gone, or that is not ours to read, such as `lost+found`. */
const entriesOf = async (path: string, isTop: boolean): Promise<Dirent[]> => {
  try {
    return await readdir(path, { withFileTypes: true })
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (!isTop && ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'].includes(code)) return []
    throw error
  }
}

/** What a file looks like; undefined where it is gone. */
export const printOf = async (folder: string, path: string): Promise<string | undefined> => {
  try {
    const { size, mtimeMs, ctimeMs, ino } = await lstat(join(folder, path))
    return [ino, size, mtimeMs, ctimeMs].join(' ')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** What went wrong, without the path: the name of a file may be that of a patient. */
export const unnamed = (error: unknown): string =>
  isRadDeployError(error) ? error.message : ((error as NodeJS.ErrnoException).code ?? messageOf(error))

/** True when both looks saw the same. */
export const isSame = (one: Snapshot, other: Snapshot): boolean =>
  one.size === other.size && [...one].every(([path, print]) => other.get(path) === print)

/** Puts away a file that was taken, or removes it. */
export const putAway = async (
  folder: string,
  path: string,
  { keep, associationId }: { readonly keep: 'taken' | 'remove'; readonly associationId: string },
): Promise<void> => {
  if (keep === 'remove') return rm(join(folder, path))
  await move(folder, path, join(takenFolder, associationId, path))
}

/** Puts away a file that was refused, with the reason beside it. */
export const putAside = async (
  folder: string,
  path: string,
  { reason, associationId }: { readonly reason: string; readonly associationId: string },
): Promise<void> => {
  const to = join(refusedFolder, associationId, path)
  await move(folder, path, to)
  await writeFile(join(folder, `${to}.txt`), `${reason}\n`)
}

const move = async (folder: string, from: string, to: string): Promise<void> => {
  await mkdir(dirname(join(folder, to)), { recursive: true })
  await rename(join(folder, from), join(folder, to))
}

import { stat } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'
import { type Logger } from 'pino'
import { messageOf } from '../../core/error/error.ts'
import { isFlowFile, isLeftOut } from './read.ts'

/** A file counts as written when nothing was added to it for this long. */
export const settleMs = 300

/** A folder that is watched. */
export interface Watched {
  close(): Promise<void>
}

/** Whether a path below the folder is looked at: what `flows apply` would read, and the folders on the way there. */
export const isSeen = (path: string, isFile: boolean): boolean => {
  const parts = path.split(sep).filter((part) => part !== '')
  // What was named itself is looked at whatever it is, as `flows apply` does.
  if (parts.length === 0) return true
  const folders = isFile ? parts.slice(0, -1) : parts
  return parts[0] !== '..' && !folders.some(isLeftOut) && (!isFile || isFlowFile(basename(path)))
}

/**
 * Names each flow file of a folder and its sub-folders, relative to it, now and whenever it was written, made or
 * removed. Resolves when all that are there have been named; a folder that is not there yet is waited for.
 */
export const watchFolder = async (
  folder: string,
  logger: Logger,
  heard: (file: string) => void,
): Promise<Watched> => {
  // From the folder above: only so is it noticed at once that this one goes and comes again.
  const above = dirname(folder)
  const watcher: FSWatcher = watch(above, {
    // Of what cannot be looked at more closely a folder is assumed: its files are asked for each.
    ignored: (path, stats) => path !== above && !isSeen(relative(folder, path), stats?.isFile() ?? false),
    awaitWriteFinish: { stabilityThreshold: settleMs, pollInterval: 50 },
  })
  for (const event of ['add', 'change', 'unlink'] as const)
    watcher.on(event, (path) => heard(relative(folder, path)))
  watcher.on('error', (error) => logger.error({ folder, error: messageOf(error) }, 'cannot watch the folder'))
  await new Promise<void>((resolve) => watcher.once('ready', resolve))
  return { close: () => watcher.close() }
}

/** Whether nothing was written to a file lately: what is there at the start is named at once, finished or not. */
export const isSettled = async (folder: string, file: string): Promise<boolean> => {
  const found = await stat(join(folder, file)).catch(() => undefined)
  const ageMs = found ? Date.now() - found.mtimeMs : settleMs
  return ageMs < 0 || ageMs >= settleMs
}

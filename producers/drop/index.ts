/**
 * The drop folder: takes files that are laid into a folder and puts them on the log.
 * Writes AssociationOpened, InstanceStored, InstanceRefused and AssociationClosed; a file leaves the folder only when
 * S3 has its bytes and Kafka has the event, or when it was refused.
 */
import { mkdir } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { messageOf } from '../../core/error/error.ts'
import { Opened } from '../intake/opened.ts'
import { type IntakeParts } from '../intake/store.ts'
import { type DropConfig } from './config.ts'
import { type Snapshot, isSame, lookAt, unnamed } from './folder.ts'
import { takeFiles } from './take.ts'

/** A folder that is watched. */
export interface Drop {
  /** Its name in events. */
  readonly name: string
  readonly opened: Opened
  /** Takes nothing more; what is being taken is broken off. */
  close(): Promise<void>
}

/** Starts to watch; resolves at once, whatever lies there. */
export const startDrop = (config: DropConfig, parts: IntakeParts): Drop => {
  const { logger, store } = parts
  const opened = new Opened()
  const stopped = new AbortController()
  const { signal } = stopped
  const quietMs = config.quietSeconds * 1000
  const sleep = (ms: number): Promise<void> => pause(ms, undefined, { signal }).catch(() => undefined)
  /** Files that are taken and cannot be moved away: not to be taken again and again. */
  let stuck: Snapshot = new Map()
  let failures = 0

  /** Waits until nothing changes any more. */
  const quiet = async (): Promise<Snapshot> => {
    let last = await lookAt(config.folder)
    while (!signal.aborted) {
      await sleep(quietMs)
      const now = await lookAt(config.folder)
      const files = new Map([...now.files].filter(([path, print]) => stuck.get(path) !== print))
      if (isSame(last.all, now.all) && files.size > 0) return files
      last = now
    }
    return new Map()
  }
  const take = async (files: Snapshot): Promise<void> => {
    const full = parts.space?.refusal()
    if (full) throw full
    // Asked first, so that a store that is away for long does not bring an association for each time it is asked.
    if (failures > 0) await store.ensureBucket()
    await takeFiles({ config, parts, opened, stopped: signal }, files)
    // What is still there is either another file, or could not be moved.
    const left = (await lookAt(config.folder)).files
    stuck = new Map([...stuck, ...files].filter(([path, print]) => left.get(path) === print))
  }
  const watch = async (): Promise<void> => {
    while (!signal.aborted)
      try {
        const files = await quiet()
        if (files.size === 0) return
        await take(files)
        failures = 0
      } catch (error) {
        failures += 1
        const pauseMs = Math.min(config.longestPauseSeconds * 1000, quietMs * 2 ** Math.min(failures, 20))
        if (!signal.aborted)
          logger.warn({ error: unnamed(error), pauseMs }, 'files of the drop folder stay; trying again')
        await sleep(pauseMs)
      }
  }
  const watching = mkdir(config.folder, { recursive: true })
    .catch((error: unknown) => logger.error({ error: messageOf(error) }, 'there is no drop folder'))
    .then(watch)
  return {
    name: config.name,
    opened,
    close: async () => {
      stopped.abort()
      await watching
    },
  }
}

import { setTimeout as pause } from 'node:timers/promises'
import pRetry from 'p-retry'
import { messageOf } from '../../core/error/error.ts'
import { settleMs, watchFolder } from './folder.ts'
import { type FlowParts, followFlows } from './known.ts'
import { Shelf } from './shelf.ts'

/** A folder whose flow files are applied. */
export interface Watching {
  stop(): Promise<void>
}

/**
 * Applies every flow file of a folder, now and on each change; a file that is wrong keeps no other from being
 * applied. Without a folder nothing is applied. Resolves when the first application is done, or could not be for now.
 */
export const watchFlows = async (folder: string | undefined, given: FlowParts): Promise<Watching> => {
  const stopped = new AbortController()
  const { signal } = stopped
  const logger = given.logger.child({ service: 'flows' })
  const parts = { ...given, logger }
  // Under a name of its own, by which `status` sees that it lives.
  const table = await followFlows(parts, signal, 'flows')
  if (folder === undefined) {
    logger.info('no folder of flow files is watched')
    return {
      stop: () => {
        stopped.abort()
        return table.ended
      },
    }
  }
  const shelf = new Shelf(folder, parts, table.known)
  let work = Promise.resolve()
  /** Whether a look at the folder is ahead; the first comes when all that is there has been named. */
  let isAhead = true

  const bring = async (tried: () => void = () => undefined): Promise<void> => {
    const onFailedAttempt = ({ error }: { readonly error: Error }): void => {
      if (!signal.aborted) logger.warn({ error: messageOf(error) }, 'cannot apply flows; trying again')
      tried()
    }
    try {
      const retries = Number.POSITIVE_INFINITY
      if (await pRetry(() => shelf.bring(), { retries, maxTimeout: 5000, signal, onFailedAttempt }))
        lookSoon()
    } catch (error) {
      if (!signal.aborted) logger.error({ error: messageOf(error) }, 'flows could not be applied')
    }
    tried()
  }
  const lookSoon = (): void => {
    if (isAhead || signal.aborted) return
    isAhead = true
    // A file that is moved goes at one place and comes at another: one look for both.
    const soon = pause(2 * settleMs, undefined, { signal }).catch(() => undefined)
    work = Promise.all([work, soon]).then(() => {
      isAhead = false
      return signal.aborted ? undefined : bring()
    })
  }

  const watched = await watchFolder(folder, logger, (file) => {
    shelf.heard(file)
    lookSoon()
  })
  isAhead = false
  logger.info({ folder }, 'the folder of flow files is watched')
  await new Promise<void>((tried) => {
    work = bring(tried)
  })
  return {
    stop: async () => {
      stopped.abort()
      await watched.close()
      await Promise.all([work, table.ended])
    },
  }
}

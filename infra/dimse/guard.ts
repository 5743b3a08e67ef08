import { type Logger } from 'pino'
import { status } from '../../core/dicom/status.ts'
import { messageOf } from '../../core/error/error.ts'
import { type Sink } from './handler.ts'

/**
 * A sink around one that may be broken: whatever it throws, the rest of the instance is read and dropped, the
 * peer gets a failure status, and the association goes on.
 */
export const guarded = (open: () => Sink, logger: Logger): Sink => {
  let sink: Sink | undefined
  let failed = false
  const attempt = async <T>(step: () => Promise<T> | T): Promise<T | undefined> => {
    if (failed) return undefined
    try {
      return await step()
    } catch (error) {
      failed = true
      logger.error({ error: messageOf(error) }, 'an instance could not be handled')
      await sink?.abort('it could not be handled').catch(() => undefined)
      return undefined
    }
  }
  const opened = attempt(() => {
    sink = open()
  })
  return {
    write: async (bytes) => {
      await opened
      await attempt(() => sink!.write(bytes))
    },
    end: async () => {
      await opened
      const answer = await attempt(() => sink!.end())
      return answer ?? { status: status.processingFailure, comment: 'the instance could not be handled' }
    },
    abort: async (reason) => {
      await opened
      await attempt(() => sink!.abort(reason))
    },
  }
}

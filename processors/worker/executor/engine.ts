import pRetry from 'p-retry'
import { type Logger } from 'pino'
import { isRadDeployError, messageOf } from '../../../core/error/error.ts'
import { isSilence } from './silence.ts'

/** The HTTP status with which the Docker Engine refused, if it answered at all. */
export const statusOf = (error: unknown): number | undefined => {
  const status = (error as { statusCode?: unknown } | undefined)?.statusCode
  return typeof status === 'number' ? status : undefined
}

/** The engine's own words, on one line and of bounded length. */
export const reasonOf = (error: unknown): string => {
  const said = (error as { json?: { message?: unknown } } | undefined)?.json?.message
  return oneLine(typeof said === 'string' ? said : messageOf(error))
}

/** Text of others, made fit for a message: one line, 300 characters. */
export const oneLine = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > 300 ? `${line.slice(0, 297)}...` : line
}

const connectionCodes: ReadonlySet<unknown> = new Set([
  'ENOENT', // the engine's socket
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  // the name of its host cannot be looked up just now
  'EAI_AGAIN',
  'ENOTFOUND',
  'ERR_STREAM_PREMATURE_CLOSE',
])

/** True when the Docker Engine did not answer, or went away while it did. */
export const isGone = (error: unknown): boolean =>
  statusOf(error) === undefined && connectionCodes.has((error as { code?: unknown } | undefined)?.code)

/** How long a step is repeated while a server is away, and who is told. */
export interface Patience {
  readonly patienceMs: number
  readonly signal: AbortSignal
  readonly logger: Logger
}

const serverErrors = 3

/**
 * Repeats a step that may be repeated: while the engine or the object store is away, for `patienceMs` from
 * the first failure on; after an answer 5xx three times. Anything else it throws is thrown at once.
 */
export const steadily = async <T>(
  doing: string,
  step: () => Promise<T>,
  { patienceMs, signal, logger }: Patience,
): Promise<T> => {
  let begun = performance.now()
  let firstFailure: number | undefined
  let refusals = 0
  return pRetry(
    () => {
      begun = performance.now()
      return step()
    },
    {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 250,
      maxTimeout: 2000,
      signal,
      shouldRetry: ({ error }) => {
        const now = performance.now()
        // a step that went well for a minute was not part of the same trouble
        const wentWell = now - begun > 60_000 && !isSilence(error)
        if (firstFailure === undefined || wentWell) firstFailure = now
        if ((statusOf(error) ?? 0) >= 500) return ++refusals < serverErrors
        const away = isGone(error) || isRadDeployError(error, 'RD_S3_UNAVAILABLE')
        return away && now - firstFailure < patienceMs
      },
      onFailedAttempt: ({ error, attemptNumber }) => {
        if (!signal.aborted) logger.warn({ error: messageOf(error), attemptNumber }, `${doing} failed`)
      },
    },
  )
}

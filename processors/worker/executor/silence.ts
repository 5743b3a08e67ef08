import { within } from '../../../infra/deadline/within.ts'

/** What is thrown of an engine that took a request and then said nothing: it is as good as gone. */
export const silence = (ms: number): Error =>
  Object.assign(new Error(`the Docker Engine was silent for ${ms / 1000} s`), { code: 'ETIMEDOUT' })

/** True for what `silence` gave. */
export const isSilence = (error: unknown): boolean =>
  (error as { code?: unknown } | undefined)?.code === 'ETIMEDOUT'

/** A short call: it is answered within `ms`, or the engine is silent. */
export const answered = async <T>(ms: number, call: () => Promise<T>): Promise<T> =>
  within(call(), ms, () => silence(ms))

/**
 * Work that may take as long as it moves: it calls `moved` at each sign of that. After `ms` without one the
 * engine is silent, and the signal by which the work ends is aborted.
 */
export const whileMoving = async <T>(
  ms: number,
  signal: AbortSignal,
  work: (moved: () => void, signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const stalled = new AbortController()
  const timer = setTimeout(() => stalled.abort(silence(ms)), ms)
  try {
    return await work(() => void timer.refresh(), AbortSignal.any([signal, stalled.signal]))
  } catch (error) {
    // what it threw is how it was ended
    throw stalled.signal.aborted ? stalled.signal.reason : error
  } finally {
    clearTimeout(timer)
  }
}

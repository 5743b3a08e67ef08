import { once } from 'node:events'
import { type Writable } from 'node:stream'

/**
 * Resolves when a stream that said "wait" takes bytes again, or will take none any more. Leaves no listener
 * behind: a stream is waited on many times.
 */
export const drained = async (stream: Writable): Promise<void> => {
  if (stream.destroyed) return
  const over = new AbortController()
  const { signal } = over
  try {
    await Promise.race([once(stream, 'drain', { signal }), once(stream, 'close', { signal })])
  } finally {
    over.abort()
  }
}

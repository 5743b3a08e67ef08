import { createHash } from 'node:crypto'
import { Transform } from 'node:stream'

/** A pass-through that hashes and counts what flows, once, on its way. */
export const hashing = (): { stream: Transform; digest(): string; size(): number } => {
  const hash = createHash('sha256')
  let size = 0
  const stream = new Transform({
    highWaterMark: 1024 * 1024,
    transform(chunk: Buffer, _, done) {
      hash.update(chunk)
      size += chunk.length
      done(null, chunk)
    },
  })
  return { stream, digest: () => hash.digest('hex'), size: () => size }
}

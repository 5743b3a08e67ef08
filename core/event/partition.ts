import { topics } from '../../schemas/generated/definitions.ts'

/**
 * The partition of a stream: Kafka's default for keyed records, murmur2 of the key's UTF-8 bytes modulo the
 * number of partitions (org.apache.kafka.common.utils.Utils#murmur2), so that any client finds it.
 */
export const partitionOf = (topic: string, stream: string): number => {
  const declared = (topics as Readonly<Record<string, { readonly partitions: number }>>)[topic]
  const count = declared?.partitions ?? 1
  return count === 1 ? 0 : (murmur2(new TextEncoder().encode(stream)) & 0x7fffffff) % count
}

const murmur2 = (bytes: Uint8Array): number => {
  const mix = 0x5bd1e995
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const whole = bytes.length - (bytes.length % 4)
  let hash = 0x9747b28c ^ bytes.length
  for (let at = 0; at < whole; at += 4) {
    let word = Math.imul(view.getInt32(at, true), mix)
    word = Math.imul(word ^ (word >>> 24), mix)
    hash = Math.imul(hash, mix) ^ word
  }
  const rest = bytes.length - whole
  if (rest > 0) {
    for (let at = rest - 1; at >= 0; at -= 1) hash ^= bytes[whole + at]! << (8 * at)
    hash = Math.imul(hash, mix)
  }
  hash = Math.imul(hash ^ (hash >>> 13), mix)
  return hash ^ (hash >>> 15)
}

import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { RadDeployError } from '../../core/error/error.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'
import { type ObjectRef } from '../../schemas/generated/shared.ts'

/** An object store in memory, for what puts, gets, reads and removes; its objects can be lost, broken or away. */
export const memoryStore = () => {
  const objects = new Map<string, Buffer>()
  const ranges: { key: string; start: number; end: number }[] = []
  let isAway = false
  const found = (key: string): Buffer => {
    if (isAway) throw new RadDeployError('RD_S3_UNAVAILABLE', 'the store is away', {})
    const bytes = objects.get(key)
    if (!bytes) throw new RadDeployError('RD_NOT_FOUND', `no object ${key}`, { key })
    return bytes
  }
  const put = (key: string, bytes: Buffer): ObjectRef => {
    if (isAway) throw new RadDeployError('RD_S3_UNAVAILABLE', 'the store is away', {})
    objects.set(key, bytes)
    return { key, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
  }
  const store = {
    get: async (key: string, range?: { start: number; end: number }) => {
      const bytes = found(key)
      if (!range) return Readable.from([bytes])
      ranges.push({ key, ...range })
      return Readable.from([bytes.subarray(range.start, range.end + 1)], { objectMode: false })
    },
    read: async (ref: ObjectRef) => {
      const bytes = found(ref.key)
      if (createHash('sha256').update(bytes).digest('hex') !== ref.sha256)
        throw new RadDeployError('RD_S3_CORRUPT', `object ${ref.key} is broken`, {})
      return bytes
    },
    put: async (key: string, bytes: Buffer) => {
      if (objects.get(key)?.equals(bytes) === false)
        throw new RadDeployError('RD_S3_CONFLICT', `object ${key} exists with other content`, { key })
      return put(key, bytes)
    },
    size: async (key: string) => found(key).length,
    list: async (prefix: string) => {
      if (isAway) throw new RadDeployError('RD_S3_UNAVAILABLE', 'the store is away', {})
      return [...objects.keys()].filter((one) => one.startsWith(prefix)).sort()
    },
    remove: async (key: string) => {
      if (isAway) throw new RadDeployError('RD_S3_UNAVAILABLE', 'the store is away', {})
      objects.delete(key)
    },
    putJson: async (key: string, value: unknown) => put(key, Buffer.from(JSON.stringify(value))),
  }
  return {
    store: store as unknown as ObjectStore,
    objects,
    /** Every range that was asked for. */
    ranges,
    put,
    goAway: () => (isAway = true),
    comeBack: () => (isAway = false),
  }
}

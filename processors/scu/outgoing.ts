import { createHash } from 'node:crypto'
import { type Readable, Transform, pipeline } from 'node:stream'
import { RadDeployError } from '../../core/error/error.ts'
import { type MountFile } from '../../core/manifest/manifest.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'
import { type ObjectRef } from '../../schemas/generated/shared.ts'

/** A file on its way to a destination, byte for byte as it goes out. */
export interface OutgoingFile {
  /** Its path in the mount. */
  readonly id: string
  /** Its path where it goes, if that has paths. */
  readonly name: string
  readonly size: number
  sha256(): Promise<string>
  /** Its first bytes, fewer where it is shorter. */
  head(length: number): Promise<Readable>
  /** Its bytes after those of `header`. They end well only when the whole has its hash (RD_S3_CORRUPT). */
  open(header?: Buffer): Promise<Readable>
}

/** A file as it is stored. */
export const storedFile = (store: ObjectStore, { path, object }: MountFile): OutgoingFile => {
  const { key, size, sha256 } = object
  const end = size - 1
  const range = (start: number, last: number): Promise<Readable> => store.get(key, { start, end: last })
  return {
    id: path,
    name: path,
    size,
    sha256: () => Promise.resolve(sha256),
    head: (length) => (size === 0 ? store.get(key) : range(0, Math.min(length - 1, end))),
    open: async (header = Buffer.alloc(0)) =>
      verified(await (header.length === 0 ? store.get(key) : range(header.length, end)), header, object),
  }
}

const verified = (rest: Readable, header: Buffer, { key, sha256 }: ObjectRef): Readable => {
  const hash = createHash('sha256').update(header)
  const check = new Transform({
    highWaterMark: 1024 * 1024,
    transform: (chunk: Buffer, _, done) => {
      hash.update(chunk)
      done(null, chunk)
    },
    flush: (done) => {
      const message = `object ${key} does not have the hash that its manifest states`
      done(hash.digest('hex') === sha256 ? null : new RadDeployError('RD_S3_CORRUPT', message, { key }))
    },
  })
  return pipeline(rest, check, () => undefined)
}

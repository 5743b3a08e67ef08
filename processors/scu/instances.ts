import { createHash } from 'node:crypto'
import { type Readable, Transform, pipeline } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { parsePart10 } from '../../core/dicom/part10.ts'
import { RadDeployError, isRadDeployError, messageOf } from '../../core/error/error.ts'
import { type MountFile } from '../../core/manifest/manifest.ts'
import { type Instance, type InstanceResult, notAttempted } from '../../infra/dimse/sender/instance.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'

const headBytes = 16 * 1024
const headsAtOnce = 16

/** Files as instances, and what is to be said of those that cannot be sent. Both in the order of the files. */
export interface Readings {
  readonly instances: readonly Instance[]
  readonly unsent: readonly InstanceResult[]
  /** How many of those are not DICOM. */
  readonly unreadable: number
}

/**
 * Reads of each file what the association needs to know. A file that is not DICOM fails for good; one that
 * the object store does not give is not attempted, and `onTrouble` hears why.
 */
export const readInstances = async (
  store: ObjectStore,
  files: readonly MountFile[],
  onTrouble: (error: unknown) => void,
): Promise<Readings> => {
  const read = new Array<Instance | InstanceResult>(files.length)
  const waiting = files.entries()
  let unreadable = 0
  const reader = async (): Promise<void> => {
    for (const [index, file] of waiting)
      read[index] = await instanceOf(store, file).catch((error: unknown): InstanceResult => {
        const result = notAttempted({ id: file.path, sopInstanceUid: '' }, messageOf(error))
        if (!isRadDeployError(error, 'RD_DICOM_UNREADABLE')) {
          onTrouble(error)
          return result
        }
        unreadable += 1
        return { ...result, outcome: 'failure' }
      })
  }
  await Promise.all(Array.from({ length: headsAtOnce }, reader))
  return {
    instances: read.filter((one): one is Instance => 'open' in one),
    unsent: read.filter((one): one is InstanceResult => !('open' in one)),
    unreadable,
  }
}

const instanceOf = async (store: ObjectStore, { path, object }: MountFile): Promise<Instance> => {
  const end = object.size - 1
  const head =
    object.size === 0
      ? Buffer.alloc(0)
      : await buffer(await store.get(object.key, { start: 0, end: Math.min(headBytes - 1, end) }))
  const { datasetOffset: start, ...names } = parsePart10(head)
  // Copied: a few bytes must not keep the whole head alive.
  const header = Buffer.from(head.subarray(0, start))
  return {
    id: path,
    ...names,
    size: object.size - start,
    open: async () => verified(await store.get(object.key, { start, end }), header, object),
  }
}

/** Ends well only when the file has the hash that its manifest states (RD_S3_CORRUPT). */
const verified = (dataset: Readable, header: Buffer, { key, sha256 }: MountFile['object']): Readable => {
  const hash = createHash('sha256').update(header)
  const check = new Transform({
    transform: (chunk: Buffer, _, done) => {
      hash.update(chunk)
      done(null, chunk)
    },
    flush: (done) => {
      const message = `object ${key} does not have the hash that its manifest states`
      done(hash.digest('hex') === sha256 ? null : new RadDeployError('RD_S3_CORRUPT', message, { key }))
    },
  })
  return pipeline(dataset, check, () => undefined)
}

import { buffer } from 'node:stream/consumers'
import { readHeader } from '../../core/dicom/attributes.ts'
import { parsePart10 } from '../../core/dicom/part10.ts'
import { type InstanceResult, notAttempted } from '../../core/delivery/result.ts'
import { isRadDeployError, messageOf } from '../../core/error/error.ts'
import { type Instance } from '../../infra/dimse/sender/instance.ts'
import { type OutgoingFile } from './outgoing.ts'

const headBytes = 16 * 1024
const headsAtOnce = 16

/** An instance with the file that it lies in. */
export interface OutgoingInstance extends Instance {
  readonly file: OutgoingFile
  /** Empty where it says none; undefined where its first bytes do not show it. */
  readonly seriesInstanceUid?: string | undefined
}

/** Files as instances, and what is to be said of those that cannot be sent. Both in the order of the files. */
export interface Readings {
  readonly instances: readonly OutgoingInstance[]
  readonly unsent: readonly InstanceResult[]
  /** How many of those are not DICOM. */
  readonly unreadable: number
}

/**
 * Reads of each file what a DICOM destination needs to know. A file that is not DICOM fails for good; one that
 * the object store does not give is not attempted, and `onTrouble` hears why.
 */
export const readInstances = async (
  files: readonly OutgoingFile[],
  onTrouble: (error: unknown) => void,
): Promise<Readings> => {
  const read = new Array<OutgoingInstance | InstanceResult>(files.length)
  const waiting = files.entries()
  let unreadable = 0
  const reader = async (): Promise<void> => {
    for (const [index, file] of waiting)
      read[index] = await instanceOf(file).catch((error: unknown): InstanceResult => {
        const result = notAttempted(file, messageOf(error))
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
    instances: read.filter((one): one is OutgoingInstance => 'open' in one),
    unsent: read.filter((one): one is InstanceResult => !('open' in one)),
    unreadable,
  }
}

const instanceOf = async (file: OutgoingFile): Promise<OutgoingInstance> => {
  const head = file.size === 0 ? Buffer.alloc(0) : await buffer(await file.head(headBytes))
  const { datasetOffset: start, ...names } = parsePart10(head)
  // Copied: a few bytes must not keep the whole head alive.
  const header = Buffer.from(head.subarray(0, start))
  const seriesInstanceUid = seriesIn(head)
  const size = file.size - start
  return { id: file.id, ...names, size, open: () => file.open(header), file, seriesInstanceUid }
}

const keys = new Set(['SeriesInstanceUID'])

/** A data set that makes no sense is sent as it is. */
const seriesIn = (head: Buffer): string | undefined => {
  try {
    const { attributes, complete } = readHeader(head, keys)
    return attributes['SeriesInstanceUID'] ?? (complete ? '' : undefined)
  } catch {
    return undefined
  }
}

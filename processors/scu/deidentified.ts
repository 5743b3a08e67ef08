import { createHash } from 'node:crypto'
import { Readable, Transform, pipeline } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { type Deidentifier, deidentifier } from '../../core/deidentify/deidentifier.ts'
import { optionsOf } from '../../core/delivery/destination.ts'
import { type InstanceResult, notAttempted, unsendable } from '../../core/delivery/result.ts'
import { RadDeployError, isRadDeployError, messageOf } from '../../core/error/error.ts'
import { deidentifySchema } from '../../core/flow/deidentifySchema.ts'
import { type MountFile } from '../../core/manifest/manifest.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'
import { type Destination } from '../../schemas/generated/shared.ts'
import { type OutgoingFile, storedFile } from './outgoing.ts'

/** Heads of up to 64 MiB are held for each. */
const atOnce = 4

/**
 * How a destination wants files changed before they go out; undefined where it takes them as they are.
 * RD_CONFIG_INVALID where its rules cannot be read: then nothing may go out.
 */
export const deidentifierFor = (destination: Destination, key: Uint8Array): Deidentifier | undefined => {
  const { deidentify } = optionsOf(destination)
  if (deidentify === undefined) return undefined
  const read = deidentifySchema.safeParse(deidentify)
  if (read.success) return deidentifier(read.data, key)
  throw new RadDeployError('RD_CONFIG_INVALID', 'the rules of de-identification cannot be read', {})
}

/** Files as they go out, and what is to be said of those that cannot. Both in the order of the files. */
export interface Deidentified {
  readonly outgoing: readonly OutgoingFile[]
  readonly unsent: readonly InstanceResult[]
  /** Why no attempt can send some of them; without a word of what is in them. */
  readonly refusal: RadDeployError | undefined
  readonly refused: number
}

/**
 * The files as they will be, of which nothing is written anywhere: their heads are rewritten once for their sizes
 * and names, and again whenever they are opened. One that is no DICOM or cannot be read through fails for good;
 * one that the object store does not give is not attempted, and `onTrouble` hears why.
 */
export const deidentified = async (
  store: ObjectStore,
  files: readonly MountFile[],
  by: Deidentifier,
  onTrouble: (error: unknown) => void,
): Promise<Deidentified> => {
  const read = new Array<OutgoingFile | InstanceResult>(files.length)
  const waiting = files.entries()
  const refusals: RadDeployError[] = []
  const worker = async (): Promise<void> => {
    for (const [index, file] of waiting)
      read[index] = await deidentifiedFile(store, file, by).catch((error: unknown): InstanceResult => {
        const isFinal =
          isRadDeployError(error, 'RD_DEIDENTIFICATION_REFUSED') ||
          isRadDeployError(error, 'RD_DICOM_UNREADABLE')
        if (!isFinal) {
          onTrouble(error)
          return notAttempted({ id: file.path }, messageOf(error))
        }
        refusals[index] = error
        return unsendable({ id: file.path }, messageOf(error))
      })
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return {
    outgoing: read.filter((one): one is OutgoingFile => 'open' in one),
    unsent: read.filter((one): one is InstanceResult => !('open' in one)),
    refusal: summary(refusals.flat(), files.length),
    refused: refusals.flat().length,
  }
}

/** Says why the first was refused, and how many were. */
const summary = (refusals: readonly RadDeployError[], files: number): RadDeployError | undefined => {
  const [first] = refusals
  if (first === undefined) return undefined
  const message = `${refusals.length} of ${files} files cannot be sent; the first: ${first.message}`
  return new RadDeployError(first.code, message, {}, first)
}

const deidentifiedFile = async (
  store: ObjectStore,
  file: MountFile,
  by: Deidentifier,
): Promise<OutgoingFile> => {
  const { key, size } = file.object
  const original = storedFile(store, file)
  const rewritten = await by.rewrite(size, async (start, end) =>
    end > start ? buffer(await store.get(key, { start, end: end - 1 })) : Buffer.alloc(0),
  )
  const open = async (header = Buffer.alloc(0)): Promise<Readable> =>
    pipeline(
      await original.open(),
      rewritten.transform(),
      framed(rewritten.header, header.length),
      () => undefined,
    )
  return {
    id: original.id,
    // Paths may tell who it is, and those of what came in hold the original UID.
    name: `${rewritten.sopInstanceUid}.dcm`,
    size: rewritten.header.length + rewritten.size,
    sha256: async () => {
      const hash = createHash('sha256')
      for await (const bytes of (await open()) as AsyncIterable<Buffer>) hash.update(bytes)
      return hash.digest('hex')
    },
    head: async (length) => firstBytes(await open(), length),
    open,
  }
}

/** A file of this header and the data set that comes, without its first bytes. */
const framed = (header: Buffer, without: number): Transform => {
  let left = without
  let before: Buffer | undefined = header
  const rest = (bytes: Buffer): Buffer => {
    const first = before === undefined ? bytes : Buffer.concat([before, bytes])
    before = undefined
    const shown = first.subarray(left)
    left -= first.length - shown.length
    return shown
  }
  return new Transform({
    transform: (chunk: Buffer, _, done) => done(null, rest(chunk)),
    flush: (done) => done(null, before && rest(Buffer.alloc(0))),
  })
}

/** No more than the first bytes; what follows them is not asked for. */
const firstBytes = async (source: Readable, length: number): Promise<Readable> => {
  const parts: Buffer[] = []
  let sum = 0
  for await (const bytes of source as AsyncIterable<Buffer>) {
    parts.push(bytes)
    sum += bytes.length
    if (sum >= length) break
  }
  return Readable.from([Buffer.concat(parts).subarray(0, length)], { objectMode: false })
}

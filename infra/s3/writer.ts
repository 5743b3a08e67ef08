import { setImmediate } from 'node:timers/promises'
import { Writable } from 'node:stream'
import { type ObjectRef } from '../../schemas/generated/shared.ts'
import { Crc32, Digests } from './checksum.ts'
import { type Multipart } from './multipart.ts'
import { type Content } from './signedPut.ts'

const partSize = 8 * 1024 * 1024
/** So many chunks at the end become one: each that is kept keeps alive what it was cut from. */
const mostPieces = 1024

/** An object under way: bytes go in as they come, backpressure comes out. */
export interface ObjectWriter {
  /** Write here; `write() === false` means wait for 'drain'. Errors arrive through `finish`. */
  readonly stream: Writable
  /** Ends the stream and resolves once S3 has acknowledged the whole object. */
  finish(): Promise<ObjectRef>
  /**
   * Gives up what is not whole yet, and resolves once the store was told, if it answers: no part of it stays
   * there. An object that `finish` has sent stays.
   */
  abort(): Promise<void>
  /** Once it is finished: the SHA-256, in hex, of what follows the first so many bytes, as it was opened for. */
  tailSha256(): string
}

/** How bytes get to the store. */
export interface Ways {
  put(content: Content, signal: AbortSignal): Promise<void>
  multipart(key: string): Multipart
  /** What `finish` comes to where the store did not acknowledge the object. */
  failed(ref: ObjectRef, error: unknown): Promise<ObjectRef>
}

/**
 * Begins an object of unknown length. Up to 8 MiB it waits here for its end and is put at once, which is one
 * request; beyond that it goes in parts of 8 MiB, of which one is on its way while the next comes: so what an object
 * takes in memory is bounded, however long it is. Chunks are kept, not copied: nobody may write into them again.
 * SHA-256 is computed of what is on its way, while the store works; the store checks a CRC-32, which is quick.
 */
export const openWriter = (key: string, ways: Ways, tailFrom?: number): ObjectWriter => {
  const given = new AbortController()
  const digests = new Digests(tailFrom)
  const crc32 = new Crc32()
  let size = 0
  let chunks: Buffer[] = []
  let length = 0
  /** Chunks at the beginning that were put together. */
  let merged = 0
  let parts: Multipart | undefined
  let isWhole = false
  /** The part that is on its way. */
  let sending: Promise<void> = Promise.resolve()
  let failure: { readonly error: unknown } | undefined

  const take = (bytes: number): Buffer => {
    const all = Buffer.concat(chunks, length)
    chunks = length > bytes ? [all.subarray(bytes)] : []
    merged = 0
    length = Math.max(0, length - bytes)
    return all.subarray(0, bytes)
  }
  const sendPart = (part: Buffer): void => {
    const upload = (parts ??= ways.multipart(key))
    sending = sending.then(() => upload.put(part, given.signal))
    digests.update(part)
    sending.catch((error: unknown) => {
      failure ??= { error }
      stream.destroy(error as Error)
    })
  }
  const stream = new Writable({
    highWaterMark: 1024 * 1024,
    write: (chunk: Buffer, _, done) => {
      if (!parts) crc32.update(chunk)
      size += chunk.length
      chunks.push(chunk)
      if (chunks.length - merged >= mostPieces) merged = chunks.push(Buffer.concat(chunks.splice(merged)))
      length += chunk.length
      if (length < partSize) return done()
      const before = sending
      while (length >= partSize) sendPart(take(partSize))
      before.then(() => done(), done)
    },
  })
  stream.on('error', (error) => (failure ??= { error }))

  /** Puts what is here as one object. */
  const putAll = async (): Promise<void> => {
    const put = ways.put({ key, chunks, size, crc32: crc32.digest() }, given.signal)
    put.catch(() => undefined)
    // the request leaves first
    await setImmediate()
    for (const chunk of chunks) digests.update(chunk)
    return put
  }
  const putLastPart = async (): Promise<void> => {
    if (length > 0) sendPart(take(length))
    await sending
    await parts!.complete()
  }
  const finish = async (): Promise<ObjectRef> => {
    await new Promise<void>((resolve) => stream.end(() => resolve()))
    const ref = (): ObjectRef => ({ key, size, sha256: digests.whole() })
    try {
      if (failure) throw failure.error
      await (parts ? putLastPart() : putAll())
      isWhole = true
      return ref()
    } catch (error) {
      await parts?.abort().catch(() => undefined)
      return await ways.failed(ref(), error)
    } finally {
      chunks = []
    }
  }
  const abort = async (): Promise<void> => {
    given.abort()
    stream.destroy()
    chunks = []
    await sending.catch(() => undefined)
    if (!isWhole) await parts?.abort()
  }
  return { stream, finish, abort, tailSha256: () => digests.tail() }
}

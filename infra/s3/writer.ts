import { PassThrough } from 'node:stream'
import { type S3Client } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { type ObjectRef } from '../../schemas/generated/shared.ts'
import { hashing } from './hash.ts'

const partSize = 8 * 1024 * 1024

/** An object under way: bytes go in as they come, backpressure comes out. */
export interface ObjectWriter {
  /** Write here; `write() === false` means wait for 'drain'. Errors arrive through `finish`. */
  readonly stream: PassThrough
  /** Ends the stream and resolves once S3 has acknowledged the whole object. */
  finish(): Promise<ObjectRef>
  /**
   * Gives up what is not whole yet, and resolves once the store was told, if it answers: no part of it stays
   * there. An object that `finish` has sent stays.
   */
  abort(): Promise<void>
}

/** Begins an object; `failed` says what `finish` comes to where the store did not acknowledge it. */
export const openWriter = (
  client: S3Client,
  { bucket, key }: { readonly bucket: string; readonly key: string },
  failed: (ref: ObjectRef, error: unknown) => Promise<ObjectRef>,
): ObjectWriter => {
  const source = new PassThrough({ highWaterMark: 1024 * 1024 })
  const hash = hashing()
  const body = source.pipe(hash.stream)
  source.on('error', (error) => body.destroy(error))
  body.on('error', () => undefined)
  const upload = new Upload({
    client,
    params: { Bucket: bucket, Key: key, Body: body, IfNoneMatch: '*' },
    partSize,
    queueSize: 1,
  })
  const done = upload.done().then(
    () => undefined,
    (error: unknown) => {
      source.destroy(error as Error)
      return { error }
    },
  )
  return {
    stream: source,
    finish: async () => {
      source.end()
      const failure = await done
      const ref = { key, size: hash.size(), sha256: hash.digest() }
      return failure ? failed(ref, failure.error) : ref
    },
    abort: async () => {
      // Only an error of what it reads makes an Upload take back its parts before it is done.
      body.destroy(new Error('the upload was given up'))
      source.destroy()
      await done
    },
  }
}

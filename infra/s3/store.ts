import { createHash } from 'node:crypto'
import { PassThrough, type Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { RadDeployError } from '../../core/error/error.ts'
import { type ObjectRef } from '../../schemas/generated/shared.ts'
import { hashing } from './hash.ts'

/** How to reach the object store. */
export interface S3Config {
  readonly endpoint: string
  readonly region: string
  readonly bucket: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

const partSize = 8 * 1024 * 1024

/** An object under way: bytes go in as they come, backpressure comes out. */
export interface ObjectWriter {
  /** Write here; `write() === false` means wait for 'drain'. Errors arrive through `finish`. */
  readonly stream: PassThrough
  /** Ends the stream and resolves once S3 has acknowledged the whole object. */
  finish(): Promise<ObjectRef>
  /** Gives up; nothing remains under the key. */
  abort(): Promise<void>
}

/** The object store: put once under a name that is never used again, get, range, check. */
export class ObjectStore {
  readonly #client: S3Client
  readonly #bucket: string

  constructor(config: S3Config) {
    this.#bucket = config.bucket
    this.#client = new S3Client({
      endpoint: config.endpoint,
      region: config.region,
      forcePathStyle: true,
      requestStreamBufferSize: 65536,
      maxAttempts: 5,
      credentials: { accessKeyId: config.accessKeyId, secretAccessKey: config.secretAccessKey },
    })
  }

  /** Creates the bucket where it is missing. */
  async ensureBucket(): Promise<void> {
    try {
      await this.#client.send(new HeadBucketCommand({ Bucket: this.#bucket }))
    } catch (error) {
      if (statusOf(error) !== 404) throw unavailable(error, this.#bucket)
      await this.#client.send(new CreateBucketCommand({ Bucket: this.#bucket }))
    }
  }

  /**
   * Puts bytes under a key that was never used. Where the key exists with the same bytes (a repeated
   * effect) that is success; with other bytes it is RD_S3_CONFLICT.
   */
  async put(key: string, bytes: Uint8Array): Promise<ObjectRef> {
    const digest = createHash('sha256').update(bytes).digest()
    const ref = { key, size: bytes.byteLength, sha256: digest.toString('hex') }
    try {
      await this.#client.send(
        new PutObjectCommand({
          Bucket: this.#bucket,
          Key: key,
          Body: bytes,
          IfNoneMatch: '*',
          ChecksumSHA256: digest.toString('base64'),
        }),
      )
      return ref
    } catch (error) {
      if (statusOf(error) !== 412) throw unavailable(error, key)
      return this.#sameOrConflict(ref)
    }
  }

  /** JSON under a new key. */
  putJson(key: string, value: unknown): Promise<ObjectRef> {
    return this.put(key, Buffer.from(JSON.stringify(value)))
  }

  /** Opens an object of unknown length; it is uploaded in parts of 8 MiB while it is written. */
  open(key: string): ObjectWriter {
    const source = new PassThrough({ highWaterMark: 1024 * 1024 })
    const hash = hashing()
    const body = source.pipe(hash.stream)
    source.on('error', (error) => body.destroy(error))
    const upload = new Upload({
      client: this.#client,
      params: { Bucket: this.#bucket, Key: key, Body: body, IfNoneMatch: '*' },
      partSize,
      queueSize: 1,
    })
    const done = upload.done()
    done.catch((error: unknown) => source.destroy(error as Error))
    source.on('error', () => undefined)
    body.on('error', () => undefined)
    return {
      stream: source,
      finish: async () => {
        source.end()
        try {
          await done
        } catch (error) {
          throw unavailable(error, key)
        }
        return { key, size: hash.size(), sha256: hash.digest() }
      },
      abort: async () => {
        await upload.abort()
        source.destroy()
        await done.catch(() => undefined)
      },
    }
  }

  /** Puts a stream of unknown length. */
  async putStream(key: string, content: Readable): Promise<ObjectRef> {
    const writer = this.open(key)
    content.on('error', (error) => writer.stream.destroy(error))
    content.pipe(writer.stream, { end: false })
    await new Promise<void>((resolve, reject) => {
      content.once('end', resolve)
      writer.stream.once('close', () => reject(new Error('the upload ended early')))
      content.once('error', reject)
    }).catch(async (error: unknown) => {
      await writer.abort()
      throw unavailable(error, key)
    })
    return writer.finish()
  }

  /** The bytes as a stream, or those of an inclusive range. */
  async get(key: string, range?: { readonly start: number; readonly end: number }): Promise<Readable> {
    try {
      const answer = await this.#client.send(
        new GetObjectCommand({
          Bucket: this.#bucket,
          Key: key,
          ...(range ? { Range: `bytes=${range.start}-${range.end}` } : {}),
        }),
      )
      return answer.Body as Readable
    } catch (error) {
      throw statusOf(error) === 404
        ? new RadDeployError('RD_NOT_FOUND', `no object ${key}`, { key }, error)
        : unavailable(error, key)
    }
  }

  /** All bytes of an object, checked against the hash that its event states (RD_S3_CORRUPT). */
  async read(ref: ObjectRef): Promise<Buffer> {
    const bytes = await buffer(await this.get(ref.key))
    if (createHash('sha256').update(bytes).digest('hex') !== ref.sha256)
      throw new RadDeployError(
        'RD_S3_CORRUPT',
        `object ${ref.key} does not have the hash that its event states`,
        { key: ref.key },
      )
    return bytes
  }

  /** Ends all connections. */
  close(): void {
    this.#client.destroy()
  }

  async #sameOrConflict(ref: ObjectRef): Promise<ObjectRef> {
    const head = await this.#client.send(new HeadObjectCommand({ Bucket: this.#bucket, Key: ref.key }))
    if (head.ContentLength === ref.size) {
      await this.read(ref).catch((error: unknown) => {
        throw new RadDeployError(
          'RD_S3_CONFLICT',
          `object ${ref.key} exists with other content`,
          { key: ref.key },
          error,
        )
      })
      return ref
    }
    throw new RadDeployError('RD_S3_CONFLICT', `object ${ref.key} exists with other content`, {
      key: ref.key,
    })
  }
}

const statusOf = (error: unknown): number | undefined =>
  error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined

const unavailable = (error: unknown, key: string): RadDeployError =>
  new RadDeployError('RD_S3_UNAVAILABLE', `the object store did not take or give ${key}`, { key }, error)

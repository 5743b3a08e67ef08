import { createHash } from 'node:crypto'
import { type Readable } from 'node:stream'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
  type _Object,
} from '@aws-sdk/client-s3'
import { RadDeployError, isRadDeployError } from '../../core/error/error.ts'
import { type ObjectRef } from '../../schemas/generated/shared.ts'
import { bytesOf } from '../stream/bytes.ts'
import { ObjectBody } from './body.ts'
import { type Patience, type S3Config, s3Clients, usualPatience } from './client.ts'
import { crc32Of } from './checksum.ts'
import { multipart } from './multipart.ts'
import { type Content, type SignedPut, signedPut } from './signedPut.ts'
import { type ObjectWriter, type Ways, openWriter } from './writer.ts'

export { type S3Config } from './client.ts'

/** The object store: put once under a name that is never used again, get, range, check; remove what is kept twice. */
export class ObjectStore {
  readonly #writing: S3Client
  readonly #reading: S3Client
  readonly #signedPut: SignedPut
  readonly #bucket: string
  readonly #idleMs: number

  constructor(config: S3Config, patience: Patience = usualPatience) {
    const { writing, reading, agent } = s3Clients(config, patience)
    this.#signedPut = signedPut(config, patience, agent)
    this.#writing = writing
    this.#reading = reading
    this.#bucket = config.bucket
    this.#idleMs = patience.idleMs
  }

  /** Creates the bucket where it is missing. */
  async ensureBucket(): Promise<void> {
    try {
      await this.#writing.send(new HeadBucketCommand({ Bucket: this.#bucket }))
    } catch (error) {
      if (statusOf(error) !== 404) throw unavailable(error, this.#bucket)
      await this.#writing.send(new CreateBucketCommand({ Bucket: this.#bucket }))
    }
  }

  /**
   * Puts bytes under a key that was never used. Where the key exists with the same bytes (a repeated
   * effect) that is success; with other bytes it is RD_S3_CONFLICT.
   */
  async put(key: string, bytes: Uint8Array): Promise<ObjectRef> {
    const size = bytes.byteLength
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const ref = { key, size, sha256 }
    try {
      await this.#put({ key, chunks: [bytes], size, crc32: crc32Of(bytes) })
      return ref
    } catch (error) {
      return this.#sameOrFailed(ref, error)
    }
  }

  /** JSON under a new key. */
  putJson(key: string, value: unknown): Promise<ObjectRef> {
    return this.put(key, Buffer.from(JSON.stringify(value)))
  }

  /**
   * Opens an object of unknown length: a small one is put at its end, a large one in parts of 8 MiB while it is
   * written. To finish an object that exists says the same as to put it. What follows the first `tailFrom` bytes
   * gets a hash of its own.
   */
  open(key: string, tailFrom?: number): ObjectWriter {
    const ways: Ways = {
      put: (content, signal) => this.#put(content, signal),
      multipart: () => multipart(this.#writing, { bucket: this.#bucket, key }),
      failed: (ref, error) => this.#sameOrFailed(ref, error),
    }
    return openWriter(key, ways, tailFrom)
  }

  /** The bytes as a stream, or those of an inclusive range. It ends with RD_S3_UNAVAILABLE where they break off. */
  async get(key: string, range?: { readonly start: number; readonly end: number }): Promise<Readable> {
    return (await this.#get(key, range)).body
  }

  /** All bytes of an object, checked against the hash that its event states (RD_S3_CORRUPT). */
  async read(ref: ObjectRef): Promise<Buffer> {
    const bytes = await bytesOf(await this.get(ref.key))
    if (createHash('sha256').update(bytes).digest('hex') !== ref.sha256)
      throw new RadDeployError(
        'RD_S3_CORRUPT',
        `object ${ref.key} does not have the hash that its event states`,
        { key: ref.key },
      )
    return bytes
  }

  /** True when the key holds exactly these bytes, false when it holds others; RD_NOT_FOUND when it holds none. */
  async holds({ key, size, sha256 }: ObjectRef): Promise<boolean> {
    const { body, length } = await this.#get(key)
    if (length !== undefined && length !== size) {
      body.destroy()
      return false
    }
    const hash = createHash('sha256')
    for await (const bytes of body as AsyncIterable<Buffer>) hash.update(bytes)
    return hash.digest('hex') === sha256
  }

  /** True when there is an object of that key and size; its bytes are not read. */
  async has({ key, size }: ObjectRef): Promise<boolean> {
    return this.size(key).then(
      (found) => found === size,
      (error: unknown) => {
        if (isRadDeployError(error, 'RD_NOT_FOUND')) return false
        throw error
      },
    )
  }

  /** How many bytes a key holds; RD_NOT_FOUND when it holds none. */
  async size(key: string): Promise<number> {
    try {
      const answer = await this.#reading.send(new HeadObjectCommand({ Bucket: this.#bucket, Key: key }))
      return answer.ContentLength ?? 0
    } catch (error) {
      throw unread(error, key)
    }
  }

  /** The keys that begin so. */
  async list(prefix: string): Promise<readonly string[]> {
    const keys: string[] = []
    for await (const { Key } of this.#listed(prefix)) if (Key !== undefined) keys.push(Key)
    return keys
  }

  /** What all objects of the bucket take together: asks for a list of them, a thousand at a time. */
  async usedBytes(signal: AbortSignal): Promise<number> {
    let used = 0
    for await (const { Size } of this.#listed(undefined, signal)) used += Size ?? 0
    return used
  }

  /** Removes an object, where it exists. Only for what is kept elsewhere, too: events name their objects for good. */
  async remove(key: string): Promise<void> {
    try {
      await this.#writing.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key }))
    } catch (error) {
      throw unavailable(error, key)
    }
  }

  /** Ends all connections. */
  close(): void {
    this.#writing.destroy()
    this.#reading.destroy()
  }

  async *#listed(prefix?: string, signal?: AbortSignal): AsyncGenerator<_Object> {
    let next: string | undefined
    do {
      const where = { Bucket: this.#bucket, Prefix: prefix, ContinuationToken: next }
      const answer = await this.#reading
        .send(new ListObjectsV2Command(where), signal ? { abortSignal: signal } : {})
        .catch((error: unknown) => {
          throw unavailable(error, prefix ?? this.#bucket)
        })
      yield* answer.Contents ?? []
      next = answer.NextContinuationToken
    } while (next)
  }

  /** The short way first; where that does not succeed, the SDK's, which tries again and knows what is wrong. */
  async #put(content: Content, signal?: AbortSignal): Promise<void> {
    const status = await this.#signedPut(content, signal).catch(() => undefined)
    if (status === 200) return
    signal?.throwIfAborted()
    const { key, chunks, crc32 } = content
    const named = { Bucket: this.#bucket, Key: key, IfNoneMatch: '*' }
    const body = { Body: Buffer.concat(chunks), ChecksumCRC32: crc32 }
    await this.#writing.send(
      new PutObjectCommand({ ...named, ...body }),
      signal ? { abortSignal: signal } : {},
    )
  }

  async #get(
    key: string,
    range?: { readonly start: number; readonly end: number },
  ): Promise<{ readonly body: Readable; readonly length: number | undefined }> {
    const broke = (cause: unknown): RadDeployError => unavailable(cause, key)
    try {
      const answer = await this.#reading.send(
        new GetObjectCommand({
          Bucket: this.#bucket,
          Key: key,
          ...(range ? { Range: `bytes=${range.start}-${range.end}` } : {}),
        }),
      )
      const body = new ObjectBody(answer.Body as Readable, this.#idleMs, broke)
      return { body, length: answer.ContentLength }
    } catch (error) {
      throw unread(error, key)
    }
  }

  /**
   * What a failed put comes to. Where its answer was lost and it was repeated, or an effect is, the object is
   * there already.
   */
  async #sameOrFailed(ref: ObjectRef, error: unknown): Promise<ObjectRef> {
    if (!mayExist(error)) throw unavailable(error, ref.key)
    const isSame = await this.holds(ref).catch((unread: unknown) => {
      throw isRadDeployError(unread, 'RD_NOT_FOUND') ? unavailable(error, ref.key) : unread
    })
    if (isSame) return ref
    throw new RadDeployError('RD_S3_CONFLICT', `object ${ref.key} exists with other content`, {
      key: ref.key,
    })
  }
}

/** The key is taken, or the upload is no more: the repetition of a request that was carried out hears that. */
const mayExist = (error: unknown): boolean =>
  statusOf(error) === 412 || (error instanceof S3ServiceException && error.name === 'NoSuchUpload')

const statusOf = (error: unknown): number | undefined =>
  error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined

const unread = (error: unknown, key: string): RadDeployError =>
  statusOf(error) === 404
    ? new RadDeployError('RD_NOT_FOUND', `no object ${key}`, { key }, error)
    : unavailable(error, key)

const unavailable = (error: unknown, key: string): RadDeployError =>
  new RadDeployError('RD_S3_UNAVAILABLE', `the object store did not take or give ${key}`, { key }, error)

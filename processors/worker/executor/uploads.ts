import { type Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { hashing } from '../../../infra/s3/hash.ts'
import { type ObjectStore } from '../../../infra/s3/store.ts'
import { type ObjectRef } from '../../../schemas/generated/shared.ts'
import { storeBroke } from './failure.ts'

/** Gathered in memory and put several at once; larger files flow one after the other. */
const smallFile = 4 * 1024 * 1024
const atOnce = 8

/** Puts many files; an object that is there already with the same bytes counts as put. */
export class Uploads {
  readonly #store: ObjectStore
  readonly #objects = new Map<string, ObjectRef>()
  readonly #running = new Set<Promise<void>>()
  #broken: { readonly error: unknown } | undefined

  constructor(store: ObjectStore) {
    this.#store = store
  }

  /** Takes the content to its end; returns when the next file may come. Throws what any put has thrown. */
  async put(path: string, key: string, size: number, content: AsyncIterable<Uint8Array>): Promise<void> {
    if (size > smallFile) this.#objects.set(path, await putLarge(key, content, this.#store))
    else {
      const bytes = await buffer(content)
      while (this.#running.size >= atOnce) await Promise.race(this.#running)
      const run = this.#store
        .put(key, bytes)
        .then((ref) => void this.#objects.set(path, ref))
        .catch((error: unknown) => void (this.#broken ??= { error }))
        .finally(() => this.#running.delete(run))
      this.#running.add(run)
    }
    this.#check()
  }

  /** Resolves when nothing is under way any more, whether it went well or not. */
  async settled(): Promise<void> {
    await Promise.all(this.#running)
  }

  /** What was put, by path; throws what any put has thrown. */
  objects(): ReadonlyMap<string, ObjectRef> {
    this.#check()
    return this.#objects
  }

  #check(): void {
    if (this.#broken) throw this.#broken.error
  }
}

const putLarge = async (
  key: string,
  content: AsyncIterable<Uint8Array>,
  store: ObjectStore,
): Promise<ObjectRef> => {
  const writer = store.open(key)
  const hash = hashing()
  let unread: unknown
  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      yield* content
    } catch (error) {
      unread = error
      throw error
    }
  }
  try {
    await pipeline(read, hash.stream, writer.stream, { end: false })
  } catch (error) {
    await writer.abort()
    throw unread === undefined ? storeBroke(key, error) : error
  }
  const ref = { key, size: hash.size(), sha256: hash.digest() }
  try {
    return await writer.finish()
  } catch (error) {
    if (await holds(store, ref)) return ref
    throw error
  }
}

const holds = async (store: ObjectStore, ref: ObjectRef): Promise<boolean> => {
  try {
    const hash = hashing()
    const content: Readable = await store.get(ref.key)
    await pipeline(content, hash.stream, async (bytes: AsyncIterable<Uint8Array>) => {
      for await (const _ of bytes);
    })
    return hash.size() === ref.size && hash.digest() === ref.sha256
  } catch {
    return false
  }
}

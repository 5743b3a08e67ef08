import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
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
    await pipeline(read, writer.stream, { end: false })
  } catch (error) {
    await writer.abort()
    throw unread === undefined ? storeBroke(key, error) : error
  }
  return writer.finish()
}

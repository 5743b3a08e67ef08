import { buffer } from 'node:stream/consumers'
import { isRadDeployError } from '../../../core/error/error.ts'
import { restComesLater } from '../../../core/run/modelLog.ts'
import { type ObjectStore } from '../../../infra/s3/store.ts'

/** Removals under way at once. */
const atOnce = 16

/** The parts of a growing log that are in the object store: numbered from 1, without a gap. */
export class LiveChunks {
  readonly #store: ObjectStore
  readonly #keyOf: (number: number) => string
  readonly #limit: number
  #mayExist: boolean
  #count = 0
  #bytes = 0
  #isClosed = false

  /** `limit`: most bytes of the log that are put. `mayExist`: whether there may be parts that others have put. */
  constructor(
    store: ObjectStore,
    {
      keyOf,
      limit,
      mayExist,
    }: { readonly keyOf: (number: number) => string; readonly limit: number; readonly mayExist: boolean },
  ) {
    this.#store = store
    this.#keyOf = keyOf
    this.#limit = limit
    this.#mayExist = mayExist
  }

  /** How many there are. */
  get count(): number {
    return this.#count
  }

  /** Bytes of the log, from its beginning on, that they hold. */
  get bytes(): number {
    return this.#bytes
  }

  /** True when the last one says that the rest comes later: nothing is put after it. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Finds those that others have put since, or that were put though the store never said so. */
  async look(): Promise<void> {
    this.#mayExist = true
    while (!this.#isClosed) {
      const key = this.#keyOf(this.#count + 1)
      const size = await this.#store.size(key).catch((error: unknown) => {
        if (isRadDeployError(error, 'RD_NOT_FOUND')) return undefined
        throw error
      })
      if (size === undefined) return
      const isLast =
        size === restComesLater.length &&
        (await buffer(await this.#store.get(key))).toString() === restComesLater
      this.#isClosed = isLast
      this.#count += 1
      if (!isLast) this.#bytes += size
    }
  }

  /** The first bytes of the log, 64 at most. */
  async begin(): Promise<Buffer> {
    if (this.#bytes === 0) return Buffer.alloc(0)
    const end = Math.min(64, this.#bytes) - 1
    return (await buffer(await this.#store.get(this.#keyOf(1), { start: 0, end }))).subarray(0, end + 1)
  }

  /** Puts the next bytes of the log: what is left of the limit, up to the end of a line, and then the last part. */
  async put(bytes: Buffer): Promise<void> {
    const fitting = bytes.subarray(0, Math.max(0, this.#limit - this.#bytes))
    if (fitting.length === bytes.length) return this.#add(bytes)
    const lines = fitting.subarray(0, fitting.lastIndexOf(0x0a) + 1)
    if (lines.length > 0) await this.#add(lines)
    await this.close()
  }

  /** Puts the last part, which says that the rest comes later. */
  async close(): Promise<void> {
    await this.#store.put(this.#keyOf(this.#count + 1), Buffer.from(restComesLater))
    this.#count += 1
    this.#isClosed = true
  }

  /** Removes them, the last first: whoever comes meanwhile finds no gap. */
  async remove(): Promise<void> {
    if (this.#mayExist) await this.look()
    while (this.#count > 0) {
      const numbers = Array.from({ length: Math.min(atOnce, this.#count) }, (_, at) => this.#count - at)
      await Promise.all(numbers.map((number) => this.#store.remove(this.#keyOf(number))))
      this.#count -= numbers.length
    }
  }

  async #add(bytes: Buffer): Promise<void> {
    await this.#store.put(this.#keyOf(this.#count + 1), bytes)
    this.#count += 1
    this.#bytes += bytes.length
  }
}

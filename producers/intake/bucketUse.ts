import { type Logger } from 'pino'
import { messageOf } from '../../core/error/error.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'
import { type Reading } from './watermark.ts'

const hour = 3_600_000

/**
 * How full a bucket with a quota is. S3 does not say, so its objects are counted, at the start and every hour, and
 * what we have put since is added: who else writes to it is seen an hour later. Before the first count is done nothing
 * is known.
 */
export class BucketUse {
  readonly #store: ObjectStore
  readonly #totalBytes: number
  readonly #logger: Logger
  readonly #stopped = new AbortController()
  readonly #timer: NodeJS.Timeout
  #counted: number | undefined
  /** Since the last count began, so that nothing is missed; some of it may be in the count, too. */
  #since = 0

  constructor(store: ObjectStore, totalBytes: number, logger: Logger) {
    this.#store = store
    this.#totalBytes = totalBytes
    this.#logger = logger
    this.#timer = setInterval(() => void this.#count(), hour)
    this.#timer.unref()
    void this.#count()
  }

  took(bytes: number): void {
    this.#since += bytes
  }

  reading(): Reading | undefined {
    if (this.#counted === undefined) return undefined
    const freeBytes = Math.max(0, this.#totalBytes - this.#counted - this.#since)
    return { place: 'bucket', freeBytes, totalBytes: this.#totalBytes }
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#stopped.abort()
  }

  async #count(): Promise<void> {
    const before = this.#since
    try {
      this.#counted = await this.#store.usedBytes(this.#stopped.signal)
      this.#since -= before
    } catch (error) {
      if (!this.#stopped.signal.aborted)
        this.#logger.error({ error: messageOf(error) }, 'it cannot be counted what the bucket holds')
    }
  }
}

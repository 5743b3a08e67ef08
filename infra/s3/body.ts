import { Readable } from 'node:stream'

/**
 * The bytes of an object as they come. Where the store breaks them off, or gives none for `idleMs` milliseconds
 * while they are wanted, the stream ends with the error that `broke` makes of the cause. A reader may take its
 * time: while it wants no bytes, no time counts.
 */
export class ObjectBody extends Readable {
  readonly #source: Readable
  readonly #idleMs: number
  #silence: NodeJS.Timeout | undefined

  constructor(source: Readable, idleMs: number, broke: (cause: unknown) => Error) {
    super({ highWaterMark: 1024 * 1024 })
    this.#source = source
    this.#idleMs = idleMs
    source.on('data', (chunk: Buffer) => this.#take(chunk))
    source.once('end', () => {
      this.#rest()
      this.push(null)
    })
    source.on('error', (error) => this.destroy(broke(error)))
    source.once('close', () => {
      if (!source.readableEnded) this.destroy(broke(new Error('the store closed the connection')))
    })
    source.pause()
  }

  override _read(): void {
    this.#silence ??= setTimeout(
      () => this.#source.destroy(new Error(`no byte came for ${this.#idleMs} ms`)),
      this.#idleMs,
    )
    this.#source.resume()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#rest()
    this.#source.destroy()
    done(error)
  }

  #take(chunk: Buffer): void {
    if (this.push(chunk)) this.#silence?.refresh()
    else {
      this.#rest()
      this.#source.pause()
    }
  }

  #rest(): void {
    clearTimeout(this.#silence)
    this.#silence = undefined
  }
}

import { type Readable } from 'node:stream'
import { type Instance } from './instance.ts'

const most = 3

/**
 * Opens the data sets of instances a few ahead of their turn: while one waits for its answer, the next is already
 * on its way out of the store.
 */
export class OpenedAhead {
  readonly #waiting: Iterator<Instance>
  readonly #opened: Promise<Readable>[] = []

  constructor(instances: Iterable<Instance>) {
    this.#waiting = instances[Symbol.iterator]()
  }

  /** The data set of the next instance, in their order; rejects where it cannot be opened. */
  next(): Promise<Readable> {
    this.#openMore()
    const opened = this.#opened.shift()!
    this.#openMore()
    return opened
  }

  /** Closes what was not taken. */
  close(): void {
    for (const opened of this.#opened.splice(0))
      opened.then(
        (stream) => stream.destroy(),
        () => undefined,
      )
  }

  #openMore(): void {
    while (this.#opened.length < most) {
      const { done, value } = this.#waiting.next() as IteratorResult<Instance, undefined>
      if (done) return
      const opened = value.open()
      // Whoever takes it hears of it, and of what happens to the stream before.
      opened.then(
        (stream) => stream.on('error', () => undefined),
        () => undefined,
      )
      this.#opened.push(opened)
    }
  }
}

/** A peer that is in the middle of something must send this many bytes a second, over a while. */
const bytesPerSecond = 1024

/**
 * How long a peer may let us wait. Nothing may come for `idleMs` at most; and while a message is under way, what
 * comes must come at a rate, or else a byte a minute would hold an association for ever: all waiting is taken
 * from an allowance of twice `idleMs`, and each byte pays a little of it back. Our own time does not count.
 */
export class Patience {
  readonly #idleMs: number
  #allowance: number
  #isUnderWay = false

  constructor(idleMs: number) {
    this.#idleMs = idleMs
    this.#allowance = 2 * idleMs
  }

  /** How long we wait for the next bytes, in milliseconds. */
  get left(): number {
    return Math.max(0, Math.min(this.#idleMs, this.#allowance))
  }

  /** Bytes came after so many milliseconds. */
  came(bytes: number, waitedMs: number): void {
    const waited = this.#isUnderWay ? waitedMs : 0
    this.#isUnderWay = true
    const paid = (bytes * 1000) / bytesPerSecond
    this.#allowance = Math.min(2 * this.#idleMs, this.#allowance - waited + paid)
  }

  /** Nothing is under way: the next message begins anew. */
  rest(): void {
    this.#isUnderWay = false
    this.#allowance = 2 * this.#idleMs
  }
}

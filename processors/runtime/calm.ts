/** A tick that comes later than this, or a broker that is silent for longer, means that time was lost. */
const limits = { tickMs: 2000, silenceMs: 4000 }

/**
 * How long all has been as usual: the process ran without a gap, and the broker was heard. A machine that was
 * suspended, or cut off from Kafka, must not take its own absence for that of others.
 */
export class Calm {
  #since: number
  #ticked: number

  /** `now` in milliseconds since the epoch, for a monotonic clock stands still while a machine is suspended. */
  constructor(now: number) {
    this.#since = now
    this.#ticked = now
  }

  /** Called several times a second, with the moment at which the broker was last heard. */
  tick(now: number, heardAt: number): void {
    if (now - this.#ticked > limits.tickMs || now < this.#ticked || now - heardAt > limits.silenceMs)
      this.#since = now
    this.#ticked = now
  }

  /** True when it has been calm for so many milliseconds. */
  lasts(ms: number): boolean {
    return this.#ticked - this.#since >= ms
  }
}

const windowMs = 60_000

/**
 * How often a minute something may be said of each host, and of all. A port scanner must not fill the log for
 * ever: beyond that, only the log file says so.
 */
export class Quota {
  readonly #now: () => number
  readonly #most: { readonly ofHost: number; readonly ofAll: number }
  #since = Number.NEGATIVE_INFINITY
  #said = new Map<string, number>()
  #all = 0

  constructor(now: () => number = () => performance.now(), most = { ofHost: 60, ofAll: 600 }) {
    this.#now = now
    this.#most = most
  }

  /** Whether it may be said once more of a host; counts that it is. */
  take(host: string): boolean {
    if (this.#now() - this.#since >= windowMs) {
      this.#since = this.#now()
      this.#said = new Map()
      this.#all = 0
    }
    const said = this.#said.get(host) ?? 0
    if (said >= this.#most.ofHost || this.#all >= this.#most.ofAll) return false
    this.#said.set(host, said + 1)
    this.#all += 1
    return true
  }
}

/** Turns the bytes of numbers round while they stream by; what is cut inside a number waits for the rest. */
export class Turner {
  readonly #width: number
  #held: Buffer = Buffer.alloc(0)

  /** Bytes of one number; 1 leaves everything as it is. */
  constructor(width: number) {
    this.#width = width
  }

  /** The next bytes; the last ones come out, whole number or not. */
  turn(bytes: Buffer, isLast: boolean): readonly Buffer[] {
    if (this.#width === 1) return [bytes]
    const all = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes])
    const whole = all.length - (all.length % this.#width)
    // Copied: the bytes are somebody else's.
    const turned = Buffer.from(all.subarray(0, whole))
    if (this.#width === 2) turned.swap16()
    else if (this.#width === 4) turned.swap32()
    else turned.swap64()
    this.#held = Buffer.from(all.subarray(whole))
    return isLast ? [turned, this.#held] : [turned]
  }
}

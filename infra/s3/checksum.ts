import { type Hash, createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** The CRC-32 of bytes that come in chunks, as S3 wants it in a header: base64 of its four bytes, the highest first. */
export class Crc32 {
  #value = 0

  update(chunk: Uint8Array): void {
    this.#value = crc32(chunk, this.#value)
  }

  digest(): string {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(this.#value)
    return bytes.toString('base64')
  }
}

/** The same of bytes that are all here. */
export const crc32Of = (bytes: Uint8Array): string => {
  const sum = new Crc32()
  sum.update(bytes)
  return sum.digest()
}

/** The SHA-256 of bytes that come in chunks, in hex, and where it is wanted that of what follows the first of them. */
export class Digests {
  readonly #whole = createHash('sha256')
  readonly #tail: Hash | undefined
  #ahead: number

  /** `tailFrom` is the number of bytes that stand before the tail. */
  constructor(tailFrom?: number) {
    if (tailFrom !== undefined) this.#tail = createHash('sha256')
    this.#ahead = tailFrom ?? 0
  }

  update(chunk: Uint8Array): void {
    this.#whole.update(chunk)
    if (this.#ahead < chunk.length) this.#tail?.update(chunk.subarray(this.#ahead))
    this.#ahead = Math.max(0, this.#ahead - chunk.length)
  }

  /** Of all; once. */
  whole(): string {
    return this.#whole.digest('hex')
  }

  /** Of the tail; once. */
  tail(): string {
    return this.#tail!.digest('hex')
  }
}

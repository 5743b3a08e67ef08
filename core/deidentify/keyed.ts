import { createHmac } from 'node:crypto'

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const longestShift = 3650

/**
 * What stands for something else: the same for the same thing under one key, wherever and whenever it is met,
 * and nothing to go back from without the key.
 */
export class Keyed {
  readonly #key: Uint8Array

  constructor(key: Uint8Array) {
    // A key of its own, so that what goes out cannot be compared with the pseudonyms on the log.
    this.#key = createHmac('sha256', key).update('raddeploy deidentify 1').digest()
  }

  /**
   * The UID that stands for a UID: `2.25.` and a UUID (PS3.5, B.2). Those of the standard stay: classes, transfer
   * syntaxes, coding schemes, well-known instances.
   */
  uid(uid: string): string {
    if (uid.startsWith('1.2.840.10008.')) return uid
    const bytes = this.#mac('uid', uid).subarray(0, 16)
    // Version 8, variant 10: a UUID out of a hash of our own (RFC 9562, 5.8).
    bytes[6] = (bytes[6]! & 0x0f) | 0x80
    bytes[8] = (bytes[8]! & 0x3f) | 0x80
    return `2.25.${BigInt(`0x${bytes.toString('hex')}`).toString()}`
  }

  /** 16 letters and digits that stand for a text: short enough for every VR of text. */
  alias(text: string): string {
    return [...this.#mac('alias', text).subarray(0, 16)].map((byte) => digits[byte % 32]).join('')
  }

  /** By how many days the dates of a patient are moved: 1 to 3650 towards the past. */
  days(patient: string): number {
    return -1 - (this.#mac('days', patient).readUInt32BE(0) % longestShift)
  }

  #mac(purpose: string, text: string): Buffer {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([purpose, text]))
      .digest()
  }
}

import { type Header, readHeader } from '../../core/dicom/attributes.ts'

const first = 16 * 1024
const longest = 16 * 1024 * 1024
/** Of a deflated data set: inflated it may be a thousand times as long. */
const longestDeflated = 256 * 1024
const keys = new Set([
  'SOPInstanceUID',
  'SOPClassUID',
  'SeriesInstanceUID',
  'StudyInstanceUID',
  'FrameOfReferenceUID',
  'Modality',
  'PatientID',
  'IssuerOfPatientID',
])

/** What the head of an instance says, and how many bytes of it were needed. */
export interface Head {
  readonly header: Header
  readonly length: number
}

/**
 * Collects the first bytes of a file, no more than needed to read every element before the pixel data:
 * 16 KiB at first, four times as much where that is too little, 16 MiB at most. What lies behind that, such
 * as the end of a very long structure set, no trigger can see.
 */
export class HeadReader {
  readonly #longest: number
  #parts: Buffer[] = []
  #length = 0
  #wanted = first
  #head: Head | undefined

  constructor(isDeflated: boolean) {
    this.#longest = isDeflated ? longestDeflated : longest
  }

  /** Takes the next bytes of the file. */
  push(bytes: Buffer): void {
    if (this.#head) return
    for (let at = 0; at < bytes.length && !this.#head;) {
      const piece = bytes.subarray(at, at + this.#wanted - this.#length)
      // Copied, so that a few header bytes do not keep a whole network chunk alive.
      this.#parts.push(Buffer.from(piece))
      this.#length += piece.length
      at += piece.length
      if (this.#length === this.#wanted) this.#read(false)
    }
  }

  /** The head, once no more bytes come; `complete` is false in it where the file breaks off or makes no sense. */
  end(): Head {
    if (!this.#head) this.#read(true)
    return this.#head!
  }

  #read(isWhole: boolean): void {
    const bytes = Buffer.concat(this.#parts)
    const header = readHeader(bytes, keys)
    if (header.complete || isWhole || this.#wanted >= this.#longest) {
      this.#head = { header, length: bytes.length }
      this.#parts = []
      return
    }
    this.#parts = [bytes]
    this.#wanted *= 4
  }
}

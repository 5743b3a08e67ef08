import { RadDeployError } from '../error/error.ts'
import { type Header, readHeader } from './attributes.ts'
import { isDeflated } from './transferSyntax.ts'

const first = 16 * 1024
const longest = 16 * 1024 * 1024
/** Of a deflated data set: inflated it may be a thousand times as long. */
const longestDeflated = 256 * 1024

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
  readonly #keys: ReadonlySet<string>
  #parts: Buffer[] = []
  #length = 0
  #wanted = first
  #head: Head | undefined

  /** `keys` as in readHeader: what is asked of the header. */
  constructor(keys: ReadonlySet<string>) {
    this.#keys = keys
  }

  /** How many bytes of the file it wants to see in all; undefined once it has seen enough. */
  get wanted(): number | undefined {
    return this.#head ? undefined : this.#wanted
  }

  /** Takes the next bytes of the file. RD_DICOM_UNREADABLE where they show that it is no Part 10 file. */
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
    const header = readHeader(bytes, this.#keys)
    const most = isDeflated(header.transferSyntaxUid) ? longestDeflated : longest
    if (header.complete || isWhole || this.#wanted >= most) {
      this.#head = { header, length: bytes.length }
      this.#parts = []
      return
    }
    this.#parts = [bytes]
    this.#wanted *= 4
  }
}

/** Gives the bytes of a file from `start` up to, not including, `end`. */
export type ReadBytes = (start: number, end: number) => Promise<Buffer>

/**
 * The header of a file that nobody has looked into yet: reads no more of its `size` bytes than needed.
 * @throws RadDeployError RD_DICOM_UNREADABLE when it is no instance (no Part 10 file, or one without SOP Instance
 * UID); whatever `read` throws.
 */
export const headerOf = async (size: number, read: ReadBytes, keys: ReadonlySet<string>): Promise<Header> => {
  const reader = new HeadReader(new Set([...keys, 'SOPInstanceUID']))
  for (let at = 0; at < size && reader.wanted !== undefined;) {
    const bytes = await read(at, Math.min(size, reader.wanted))
    if (bytes.length === 0) break
    reader.push(bytes)
    at += bytes.length
  }
  const { header } = reader.end()
  if (!header.attributes['SOPInstanceUID'])
    throw new RadDeployError('RD_DICOM_UNREADABLE', 'it is no DICOM file (Part 10)')
  return header
}

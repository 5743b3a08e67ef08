import { type ImageShape } from './rle.ts'

const tags = {
  samples: 0x00280002,
  planarConfiguration: 0x00280006,
  rows: 0x00280010,
  columns: 0x00280011,
  bitsAllocated: 0x00280100,
  sign: 0x00280103,
} as const
const shorts: ReadonlySet<number> = new Set(Object.values(tags))
const numberOfFrames = 0x00280008
const longestKept = 64

/** Notes what the image is like, while its attributes stream by in front of it. */
export class ImageAttributes {
  readonly #littleEndian: boolean
  readonly #values = new Map<number, Buffer>()

  constructor(littleEndian: boolean) {
    this.#littleEndian = littleEndian
  }

  /** A piece of the value of an element of the top level, as it was read. */
  take(tag: number, piece: Buffer): void {
    if (!shorts.has(tag) && tag !== numberOfFrames) return
    const known = this.#values.get(tag) ?? Buffer.alloc(0)
    if (known.length < longestKept) this.#values.set(tag, Buffer.concat([known, piece]))
  }

  /** Pixels have a sign (PixelRepresentation), and so have values that are pixels. */
  get isSigned(): boolean {
    return this.#short(tags.sign) === 1
  }

  shape(): ImageShape {
    const frames = Number.parseInt(this.#values.get(numberOfFrames)?.toString('latin1') ?? '1', 10)
    return {
      samples: this.#short(tags.samples) ?? 1,
      planarConfiguration: this.#short(tags.planarConfiguration) ?? 0,
      rows: this.#short(tags.rows) ?? 0,
      columns: this.#short(tags.columns) ?? 0,
      bitsAllocated: this.#short(tags.bitsAllocated) ?? 0,
      frames: Number.isNaN(frames) ? 1 : frames,
    }
  }

  #short(tag: number): number | undefined {
    const value = this.#values.get(tag)
    if (value === undefined || value.length < 2) return undefined
    return this.#littleEndian ? value.readUInt16LE() : value.readUInt16BE()
  }
}

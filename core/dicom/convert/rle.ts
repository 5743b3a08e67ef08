import { RadDeployError } from '../../error/error.ts'

/** What says how many bytes a frame has, and in which order they stand (PS3.3, C.7.6.3). */
export interface ImageShape {
  readonly rows: number
  readonly columns: number
  readonly samples: number
  readonly bitsAllocated: number
  /** 1: one plane for each sample; 0: the samples of each pixel side by side. */
  readonly planarConfiguration: number
  readonly frames: number
}

const headerLength = 64

/** Bytes of one uncompressed frame; RD_DICOM_UNREADABLE where the attributes make none. */
export const frameLength = ({ rows, columns, samples, bitsAllocated }: ImageShape): number => {
  const length = rows * columns * samples * (bitsAllocated / 8)
  if (!Number.isInteger(length) || length <= 0 || bitsAllocated % 8 !== 0 || length > 0x7fffffff)
    throw unreadable(`${rows} x ${columns} pixels of ${samples} x ${bitsAllocated} bits are no image`)
  return length
}

/**
 * Decodes one frame of RLE Lossless (PS3.5, annex G): each byte of each sample is a segment of its own, the most
 * significant first. The result is in little endian.
 */
export const decodeRleFrame = (fragment: Buffer, shape: ImageShape): Buffer => {
  const { samples, bitsAllocated, planarConfiguration } = shape
  const length = frameLength(shape)
  const bytes = bitsAllocated / 8
  const segments = samples * bytes
  const pixels = length / segments
  if (fragment.length < headerLength || fragment.readUInt32LE(0) !== segments)
    throw unreadable(`an RLE frame has not the ${segments} segments that its image needs`)
  const out = Buffer.alloc(length)
  for (let segment = 0; segment < segments; segment++) {
    const start = fragment.readUInt32LE(4 + 4 * segment)
    const end = segment + 1 < segments ? fragment.readUInt32LE(8 + 4 * segment) : fragment.length
    if (start < headerLength || start > end || end > fragment.length)
      throw unreadable('the segments of an RLE frame do not lie in it')
    const sample = Math.floor(segment / bytes)
    const significance = bytes - 1 - (segment % bytes)
    const isPlanar = planarConfiguration === 1
    const first = (isPlanar ? sample * pixels * bytes : sample * bytes) + significance
    unpack(fragment.subarray(start, end), out, first, isPlanar ? bytes : bytes * samples, pixels)
  }
  return out
}

/** PackBits (PS3.5, G.3.2), every `step`th byte from `at` on. */
const unpack = (packed: Buffer, out: Buffer, at: number, step: number, pixels: number): void => {
  let written = 0
  for (let read = 0; read < packed.length && written < pixels;) {
    const control = packed.readInt8(read)
    read += 1
    if (control === -128) continue
    const count = Math.min(control < 0 ? 1 - control : control + 1, pixels - written)
    if (read + (control < 0 ? 1 : count) > packed.length) break
    for (let n = 0; n < count; n++) out[at + (written + n) * step] = packed[control < 0 ? read : read + n]!
    read += control < 0 ? 1 : control + 1
    written += count
  }
  if (written < pixels) throw unreadable('an RLE segment ends before its pixels do')
}

const unreadable = (why: string): RadDeployError => new RadDeployError('RD_DICOM_UNREADABLE', why, {})

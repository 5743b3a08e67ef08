import { deflateRawSync } from 'node:zlib'
import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { part10Header } from '../../core/dicom/part10.ts'
import { type Deidentifier, type Rewritten, deidentifier } from '../../core/deidentify/deidentifier.ts'
import { deidentifySchema } from '../../core/flow/deidentifySchema.ts'
import { type Encoding } from '../../core/dicom/attributes/elements.ts'

/** An element to write: text, bytes, or items of elements. */
export interface Wanted {
  readonly tag: number
  readonly vr: string
  readonly value: string | Buffer | readonly (readonly Wanted[])[]
}

/** How data sets are written: by transfer syntax, and with stated or with marked ends of sequences and items. */
export interface Writing {
  readonly syntax: Syntax
  readonly isOpen: boolean
}
export const syntaxes = {
  implicit: '1.2.840.10008.1.2',
  explicit: '1.2.840.10008.1.2.1',
  bigEndian: '1.2.840.10008.1.2.2',
  deflated: '1.2.840.10008.1.2.1.99',
  rle: '1.2.840.10008.1.2.5',
} as const
export type Syntax = keyof typeof syntaxes

export const encodingOf = (syntax: Syntax): Encoding => ({
  implicitVr: syntax === 'implicit',
  littleEndian: syntax !== 'bigEndian',
})

const longVrs = ['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']
const undefinedLength = 0xffffffff

const head = (
  tag: number,
  vr: string | undefined,
  length: number,
  { implicitVr, littleEndian }: Encoding,
) => {
  const isLong = vr !== undefined && !implicitVr && longVrs.includes(vr)
  const bytes = Buffer.alloc(isLong ? 12 : 8)
  const write16 = (value: number, at: number) =>
    littleEndian ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at)
  const write32 = (value: number, at: number) =>
    littleEndian ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at)
  write16(tag >>> 16, 0)
  write16(tag & 0xffff, 2)
  if (vr === undefined || implicitVr) write32(length, 4)
  else {
    bytes.write(vr, 4, 'latin1')
    if (isLong) write32(length, 8)
    else write16(length, 6)
  }
  return bytes
}

/** An element as bytes. */
export const element = ({ tag, vr, value }: Wanted, encoding: Encoding, isOpen = false): Buffer => {
  if (typeof value === 'string') {
    const bytes = Buffer.from(value, 'utf8')
    const padding = bytes.length % 2 === 0 ? '' : vr === 'UI' ? '\0' : ' '
    return element({ tag, vr, value: Buffer.concat([bytes, Buffer.from(padding)]) }, encoding)
  }
  if (Buffer.isBuffer(value)) return Buffer.concat([head(tag, vr, value.length, encoding), value])
  const items = value.map((item) => {
    const content = dataset(item as readonly Wanted[], encoding, isOpen)
    return isOpen
      ? Buffer.concat([
          head(0xfffee000, undefined, undefinedLength, encoding),
          content,
          head(0xfffee00d, undefined, 0, encoding),
        ])
      : Buffer.concat([head(0xfffee000, undefined, content.length, encoding), content])
  })
  const content = Buffer.concat(items)
  return isOpen
    ? Buffer.concat([
        head(tag, vr, undefinedLength, encoding),
        content,
        head(0xfffee0dd, undefined, 0, encoding),
      ])
    : Buffer.concat([head(tag, vr, content.length, encoding), content])
}

/** Elements as bytes, in the order in which they are given. */
export const dataset = (elements: readonly Wanted[], encoding: Encoding, isOpen = false): Buffer =>
  Buffer.concat(elements.map((one) => element(one, encoding, isOpen)))

/** Pixel data in fragments, the first being the offset table. */
export const fragments = (pieces: readonly Buffer[]): Buffer => {
  const encoding = encodingOf('rle')
  return Buffer.concat([
    head(0x7fe00010, 'OB', undefinedLength, encoding),
    ...[Buffer.alloc(0), ...pieces].flatMap((piece) => [
      head(0xfffee000, undefined, piece.length, encoding),
      piece,
    ]),
    head(0xfffee0dd, undefined, 0, encoding),
  ])
}

export const sopInstanceUid = '1.2.3.4.5'
/** What every instance has. */
export const names: readonly Wanted[] = [
  { tag: 0x00080016, vr: 'UI', value: '1.2.840.10008.5.1.4.1.1.2' },
  { tag: 0x00080018, vr: 'UI', value: sopInstanceUid },
]

/** A file of a data set. */
export const fileOf = (content: Buffer, syntax: Syntax): Buffer =>
  Buffer.concat([
    part10Header({
      sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
      sopInstanceUid,
      transferSyntaxUid: syntaxes[syntax],
      sourceAeTitle: 'SECRETSOURCE',
    }),
    syntax === 'deflated' ? deflateRawSync(content) : content,
  ])

export const key = Buffer.from('a key of thirty-two bytes, or so')

/** The rules as a flow file would have them. */
export const rulesOf = (written: unknown) => deidentifySchema.parse(written)
export const deidentifierOf = (written: unknown, withKey: Uint8Array = key): Deidentifier =>
  deidentifier(rulesOf(written), withKey)

/** Sends the whole original through; in pieces of so many bytes. */
export const contentOf = async (rewritten: Rewritten, file: Buffer, piece = file.length): Promise<Buffer> => {
  const source = new PassThrough()
  const done = buffer(source.pipe(rewritten.transform()))
  for (let at = 0; at < file.length; at += piece) source.write(file.subarray(at, at + piece))
  source.end()
  return done
}

/** What comes of a file, with what was read of it for its size. */
export const rewrite = async (deidentifier: Deidentifier, file: Buffer, piece?: number) => {
  let read = 0
  const rewritten = await deidentifier.rewrite(file.length, (start, end) => {
    read += end - start
    return Promise.resolve(file.subarray(start, end))
  })
  const content = await contentOf(rewritten, file, piece)
  return { rewritten, content, read }
}

/** How a data set is encoded on the wire and in a file (PS3.5, annex A). */
export interface TransferSyntax {
  readonly name: string
  /** Pixel data comes in fragments: it is compressed or at least encapsulated (PS3.5, A.4). */
  readonly isEncapsulated?: true
  /** The data set as a whole is one deflate stream, whose length may be odd (PS3.5, A.5). */
  readonly isDeflated?: true
}

const encapsulated = (name: string): TransferSyntax => ({ name, isEncapsulated: true })

/** The transfer syntaxes that the standard registers for data sets (PS3.6, table A-1), by UID. */
export const transferSyntaxes: ReadonlyMap<string, TransferSyntax> = new Map<string, TransferSyntax>([
  ['1.2.840.10008.1.2', { name: 'Implicit VR Little Endian' }],
  ['1.2.840.10008.1.2.1', { name: 'Explicit VR Little Endian' }],
  ['1.2.840.10008.1.2.1.98', encapsulated('Encapsulated Uncompressed Explicit VR Little Endian')],
  ['1.2.840.10008.1.2.1.99', { name: 'Deflated Explicit VR Little Endian', isDeflated: true }],
  ['1.2.840.10008.1.2.2', { name: 'Explicit VR Big Endian' }],
  ['1.2.840.10008.1.2.4.50', encapsulated('JPEG Baseline (Process 1)')],
  ['1.2.840.10008.1.2.4.51', encapsulated('JPEG Extended (Process 2 and 4)')],
  ['1.2.840.10008.1.2.4.57', encapsulated('JPEG Lossless, Non-Hierarchical (Process 14)')],
  ['1.2.840.10008.1.2.4.70', encapsulated('JPEG Lossless, First-Order Prediction (Process 14, Selection 1)')],
  ['1.2.840.10008.1.2.4.80', encapsulated('JPEG-LS Lossless')],
  ['1.2.840.10008.1.2.4.81', encapsulated('JPEG-LS Lossy (Near-Lossless)')],
  ['1.2.840.10008.1.2.4.90', encapsulated('JPEG 2000 (Lossless Only)')],
  ['1.2.840.10008.1.2.4.91', encapsulated('JPEG 2000')],
  ['1.2.840.10008.1.2.4.92', encapsulated('JPEG 2000 Part 2 Multi-component (Lossless Only)')],
  ['1.2.840.10008.1.2.4.93', encapsulated('JPEG 2000 Part 2 Multi-component')],
  ['1.2.840.10008.1.2.4.94', { name: 'JPIP Referenced' }],
  ['1.2.840.10008.1.2.4.95', { name: 'JPIP Referenced Deflate', isDeflated: true }],
  ['1.2.840.10008.1.2.4.100', encapsulated('MPEG2 Main Profile / Main Level')],
  ['1.2.840.10008.1.2.4.101', encapsulated('MPEG2 Main Profile / High Level')],
  ['1.2.840.10008.1.2.4.102', encapsulated('MPEG-4 AVC/H.264 High Profile / Level 4.1')],
  ['1.2.840.10008.1.2.4.103', encapsulated('MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1')],
  ['1.2.840.10008.1.2.4.104', encapsulated('MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video')],
  ['1.2.840.10008.1.2.4.105', encapsulated('MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video')],
  ['1.2.840.10008.1.2.4.106', encapsulated('MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2')],
  ['1.2.840.10008.1.2.4.107', encapsulated('HEVC/H.265 Main Profile / Level 5.1')],
  ['1.2.840.10008.1.2.4.108', encapsulated('HEVC/H.265 Main 10 Profile / Level 5.1')],
  ['1.2.840.10008.1.2.4.110', encapsulated('JPEG XL Lossless')],
  ['1.2.840.10008.1.2.4.111', encapsulated('JPEG XL JPEG Recompression')],
  ['1.2.840.10008.1.2.4.112', encapsulated('JPEG XL')],
  ['1.2.840.10008.1.2.4.201', encapsulated('High-Throughput JPEG 2000 (Lossless Only)')],
  ['1.2.840.10008.1.2.4.202', encapsulated('High-Throughput JPEG 2000 with RPCL Options (Lossless Only)')],
  ['1.2.840.10008.1.2.4.203', encapsulated('High-Throughput JPEG 2000')],
  ['1.2.840.10008.1.2.4.204', { name: 'JPIP HTJ2K Referenced' }],
  ['1.2.840.10008.1.2.4.205', { name: 'JPIP HTJ2K Referenced Deflate', isDeflated: true }],
  ['1.2.840.10008.1.2.5', encapsulated('RLE Lossless')],
  ['1.2.840.10008.1.2.8.1', encapsulated('Deflated Image Frame Compression')],
])

export const implicitVrLittleEndian = '1.2.840.10008.1.2'

/** True where a data set in this syntax is one deflate stream. */
export const isDeflated = (transferSyntaxUid: string): boolean =>
  transferSyntaxes.get(transferSyntaxUid)?.isDeflated === true

import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { parsePart10 } from '../../core/dicom/part10.ts'

/** What must never be found outside the object store. */
export const patient = {
  name: 'ROENTGEN^WILHELM',
  id: 'WUE-18451895-X',
  birthDate: '18450327',
  address: 'PLEICHERRING 8',
} as const

/** Storage SOP classes by what people call them. */
export const sopClasses = {
  ct: '1.2.840.10008.5.1.4.1.1.2',
  enhancedCt: '1.2.840.10008.5.1.4.1.1.2.1',
  mr: '1.2.840.10008.5.1.4.1.1.4',
  pt: '1.2.840.10008.5.1.4.1.1.128',
  rtstruct: '1.2.840.10008.5.1.4.1.1.481.3',
  us: '1.2.840.10008.5.1.4.1.1.6.1',
  usMultiframe: '1.2.840.10008.5.1.4.1.1.3.1',
  /** Under a root that is not DICOM's. */
  private: '1.3.12.2.1107.5.9.1',
} as const

/** Transfer syntaxes by what dcmtk's tools do to write them. */
export const transferSyntaxes = {
  implicit: '1.2.840.10008.1.2',
  explicit: '1.2.840.10008.1.2.1',
  bigEndian: '1.2.840.10008.1.2.2',
  deflated: '1.2.840.10008.1.2.1.99',
  jpegBaseline: '1.2.840.10008.1.2.4.50',
  jpegLossless: '1.2.840.10008.1.2.4.70',
  jpegLs: '1.2.840.10008.1.2.4.80',
  jpeg2000: '1.2.840.10008.1.2.4.90',
  rle: '1.2.840.10008.1.2.5',
} as const
export type Syntax = keyof typeof transferSyntaxes

/** An instance to make. */
export interface Wanted {
  readonly kind: keyof typeof sopClasses
  readonly syntax?: Syntax
  readonly studyUid?: string
  readonly seriesUid?: string
  readonly frames?: number
  /** Rows and columns. */
  readonly side?: number
  /** More lines in the language of dump2dcm. */
  readonly more?: readonly string[]
}

/** A file that was made. */
export interface DicomFile {
  readonly path: string
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly transferSyntaxUid: string
}

/** A UID that nobody else has (PS3.5, B.2). */
export const newUid = (): string => `2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`).toString()}`

/** The data set: what follows the File Meta Information. */
export const datasetOf = (file: Buffer): Buffer => file.subarray(parsePart10(file).datasetOffset)

const modalities: Partial<Record<Wanted['kind'], string>> = {
  mr: 'MR',
  pt: 'PT',
  rtstruct: 'RTSTRUCT',
  us: 'US',
  usMultiframe: 'US',
}

/** Odd private elements, known to nobody, nested and not. */
const privateElements = [
  '(0009,0010) LO [NOBODY KNOWS THIS]',
  '(0009,1001) OB 01\\02\\03',
  '(0009,1002) SQ',
  '(fffe,e000) na',
  '(0009,0010) LO [NOBODY KNOWS THIS]',
  '(0009,1003) DS [ 1.50]',
  '(0009,1004) UN ff\\fe\\00\\e0',
  '(fffe,e00d) na',
  '(fffe,e0dd) na',
  '(0019,0011) LO [SOMEBODY]',
  '(0019,1110) FD 0.1\\-0.0',
]

/** The contours of one ROI, long enough to need a 32-bit length. */
const structureSet = [
  '(3006,0002) SH [TEST]',
  '(3006,0039) SQ',
  '(fffe,e000) na',
  '(3006,0040) SQ',
  '(fffe,e000) na',
  '(3006,0042) CS [CLOSED_PLANAR]',
  '(3006,0046) IS [3]',
  '(3006,0050) DS [1.00\\2.0\\-3\\4e1\\5.\\6\\7\\8\\9]',
  '(fffe,e00d) na',
  '(fffe,e0dd) na',
  '(3006,0084) IS [1]',
  '(fffe,e00d) na',
  '(fffe,e0dd) na',
]

/** Makes one file in a folder with dcmtk's dump2dcm and, for compressed syntaxes, its encoders. */
export const makeFile = async (folder: string, wanted: Wanted): Promise<DicomFile> => {
  await mkdir(folder, { recursive: true })
  const { kind, syntax = 'explicit' } = wanted
  const name = randomUUID()
  const file = {
    path: join(folder, `${name}.dcm`),
    sopClassUid: sopClasses[kind],
    sopInstanceUid: newUid(),
    transferSyntaxUid: transferSyntaxes[syntax],
  }
  const image = kind === 'rtstruct' ? structureSet : await pixels(folder, name, wanted)
  const dump = [...header(file, wanted), ...privateElements, ...(wanted.more ?? []), ...image]
  const source = join(folder, `${name}.dump`)
  await writeFile(source, dump.join('\n'))
  const direct = { implicit: '+ti', explicit: '+te', bigEndian: '+tb', deflated: '+td', jpeg2000: '+t=' }
  const way = direct[syntax as keyof typeof direct]
  if (way) await execa('dump2dcm', [way, source, file.path])
  else {
    const plain = join(folder, `${name}.plain`)
    await execa('dump2dcm', ['+te', source, plain])
    const [tool, ...options] = encoders[syntax as keyof typeof encoders]
    await execa(tool!, [...options, plain, file.path])
  }
  return file
}

const encoders = {
  jpegBaseline: ['dcmcjpeg', '+eb', '+un'],
  jpegLossless: ['dcmcjpeg', '+un'],
  jpegLs: ['dcmcjpls', '+un'],
  rle: ['dcmcrle', '+un'],
}

const header = (file: DicomFile, { kind, syntax, studyUid, seriesUid }: Wanted): string[] => [
  `(0002,0010) UI [${syntax === 'jpeg2000' ? transferSyntaxes.jpeg2000 : transferSyntaxes.explicit}]`,
  '(0008,0005) CS [ISO_IR 192]',
  `(0008,0016) UI [${file.sopClassUid}]`,
  `(0008,0018) UI [${file.sopInstanceUid}]`,
  '(0008,0020) DA [20250101]',
  `(0008,0060) CS [${modalities[kind] ?? 'CT'}]`,
  '(0008,1030) LO [Grüße, 放射線]',
  `(0010,0010) PN [${patient.name}]`,
  `(0010,0020) LO [${patient.id}]`,
  `(0010,0030) DA [${patient.birthDate}]`,
  `(0010,1040) LO [${patient.address}]`,
  `(0020,000d) UI [${studyUid ?? '2.25.1'}]`,
  `(0020,000e) UI [${seriesUid ?? '2.25.2'}]`,
  '(0020,0013) IS [007 ]',
]

const pixels = async (folder: string, name: string, wanted: Wanted): Promise<string[]> => {
  const { kind, syntax, side = 16, frames = 1 } = wanted
  const isColour = kind === 'us' || kind === 'usMultiframe'
  const isByte = isColour || syntax === 'jpegBaseline'
  const bits = isByte ? 8 : 16
  const raw = join(folder, `${name}.raw`)
  await writeFile(raw, randomBytes(side * side * (isColour ? 3 : bits / 8) * frames))
  return [
    `(0028,0002) US ${isColour ? 3 : 1}`,
    `(0028,0004) CS [${isColour ? 'RGB' : 'MONOCHROME2'}]`,
    ...(isColour ? ['(0028,0006) US 0'] : []),
    ...(frames > 1 ? [`(0028,0008) IS [${frames}]`] : []),
    `(0028,0010) US ${side}`,
    `(0028,0011) US ${side}`,
    `(0028,0100) US ${bits}`,
    `(0028,0101) US ${bits}`,
    `(0028,0102) US ${bits - 1}`,
    '(0028,0103) US 0',
    ...(syntax === 'jpeg2000'
      ? [
          '(7fe0,0010) OB (PixelSequence)',
          '(fffe,e000) pi (no value)',
          `(fffe,e000) pi =${raw}`,
          '(fffe,e0dd) na',
        ]
      : [`(7fe0,0010) ${isByte ? 'OB' : 'OW'} =${raw}`]),
  ]
}

/** Reads a file whole, with its names. */
export const readDicomFile = async (path: string): Promise<DicomFile & { readonly dataset: Buffer }> => {
  const bytes = await readFile(path)
  const { datasetOffset, ...names } = parsePart10(bytes)
  return { path, ...names, dataset: bytes.subarray(datasetOffset) }
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
// @ts-expect-error TS7016: no declaration file
import dcmjs from 'dcmjs'
import { execa } from 'execa'

interface Dcmjs {
  readonly data: {
    readonly DicomMessage: { readFile(bytes: ArrayBuffer): { dict: object } }
    readonly DicomMetaDictionary: { naturalizeDataset(dict: object): Record<string, unknown> }
  }
}
const { DicomMessage, DicomMetaDictionary } = (dcmjs as Dcmjs).data

/** A data set by keywords. */
export type Naturalized = Readonly<Record<string, unknown>>

/** Reads a Part 10 file whole. */
export const readDicom = (file: Buffer): Naturalized => {
  const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer
  return DicomMetaDictionary.naturalizeDataset(DicomMessage.readFile(bytes).dict)
}

/** The errors that dciodvfy (Debian: dicom3tools) finds in a file; the first line of a good one is its IOD. */
export const dicomErrors = async (file: Buffer): Promise<string[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'raddeploy-'))
  try {
    await writeFile(join(folder, 'a.dcm'), file)
    const { all, exitCode } = await execa('dciodvfy', [join(folder, 'a.dcm')], { all: true, reject: false })
    if (exitCode === undefined) throw new Error('dciodvfy cannot be run: apt-get install dicom3tools')
    return all.split('\n').filter((line) => /^(Error|Abort)/.test(line) || (exitCode !== 0 && line !== ''))
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** One closed contour: the image it names, and its points in mm. */
export interface Contour {
  readonly image: string
  readonly points: readonly (readonly [number, number, number])[]
}

const items = (value: unknown): Naturalized[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as Naturalized[]) : [value as Naturalized]

/** The contours of a structure set by the name of their ROI. */
export const contoursOf = (structureSet: Naturalized): Map<string, Contour[]> => {
  const names = new Map(
    items(structureSet['StructureSetROISequence']).map((roi) => [roi['ROINumber'], String(roi['ROIName'])]),
  )
  return new Map(
    items(structureSet['ROIContourSequence']).map((roi) => [
      names.get(roi['ReferencedROINumber'])!,
      items(roi['ContourSequence']).map(contour),
    ]),
  )
}

const contour = (item: Naturalized): Contour => {
  const values = (item['ContourData'] as (number | string)[]).map(Number)
  return {
    image: String(items(item['ContourImageSequence'])[0]!['ReferencedSOPInstanceUID']),
    points: Array.from({ length: values.length / 3 }, (_, n) => [
      values[3 * n]!,
      values[3 * n + 1]!,
      values[3 * n + 2]!,
    ]),
  }
}

/** Signed area in mm²: outlines and holes turn in opposite directions. */
export const signedArea = ({ points }: Contour): number =>
  points.reduce((sum, [x, y], n) => {
    const [nextX, nextY] = points[(n + 1) % points.length]!
    return sum + (x * nextY - nextX * y) / 2
  }, 0)

import { readFile } from 'node:fs/promises'
// dcmjs has no type declarations; what it reads is typed below.
// @ts-expect-error TS7016: no declaration file
import dcmjs from 'dcmjs'

/** What an RTSTRUCT holds, and what is wrong with it. */
export interface Verdict {
  readonly contours: Readonly<Record<string, number>>
  readonly problems: readonly string[]
}

const rtStructureSet = '1.2.840.10008.5.1.4.1.1.481.3'

interface Structures {
  readonly SOPClassUID: string
  readonly StructureSetROISequence?: readonly { readonly ROINumber: number; readonly ROIName: string }[]
  readonly ROIContourSequence?: readonly {
    readonly ReferencedROINumber: number
    readonly ContourSequence?: readonly {
      readonly ContourImageSequence?: readonly { readonly ReferencedSOPInstanceUID: string }[]
    }[]
  }[]
}

interface Library {
  readonly data: {
    readonly DicomMessage: { readFile(bytes: ArrayBufferLike): { readonly dict: unknown } }
    readonly DicomMetaDictionary: { naturalizeDataset(dict: unknown): Structures }
  }
}

/** Reads an RTSTRUCT file as a planning system would: BODY and BONE with contours, each on an image of the CT. */
export const validateStructures = async (
  path: string,
  ctInstanceUids: ReadonlySet<string>,
): Promise<Verdict> => {
  const file = await readFile(path)
  const { data: library } = dcmjs as Library
  const { dict } = library.DicomMessage.readFile(
    file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength),
  )
  const data = library.DicomMetaDictionary.naturalizeDataset(dict)
  const problems: string[] = []
  if (data.SOPClassUID !== rtStructureSet) problems.push(`it is no RT Structure Set but ${data.SOPClassUID}`)
  const names = new Map(
    [...(data.StructureSetROISequence ?? [])].map((roi) => [Number(roi.ROINumber), roi.ROIName]),
  )
  const contours: Record<string, number> = {}
  for (const roi of data.ROIContourSequence ?? []) {
    const name = names.get(Number(roi.ReferencedROINumber)) ?? '?'
    const list = [...(roi.ContourSequence ?? [])]
    contours[name] = list.length
    const foreign = list.filter(
      ({ ContourImageSequence: images }) =>
        !ctInstanceUids.has([...(images ?? [])][0]?.ReferencedSOPInstanceUID ?? ''),
    )
    if (foreign.length > 0)
      problems.push(`${foreign.length} contours of ${name} are on no image of the CT that was sent`)
  }
  for (const wanted of ['BODY', 'BONE']) if (!contours[wanted]) problems.push(`${wanted} has no contours`)
  return { contours, problems }
}

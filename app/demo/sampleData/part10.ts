import { createHash } from 'node:crypto'
// @ts-expect-error TS7016: no declaration file
import dcmjs from 'dcmjs'

/** A data set by keywords, as dcmjs's naturalized form has it; numbers of VR DS and IS as text. */
export type Dataset = Readonly<Record<string, unknown>>

interface Dcmjs {
  readonly data: {
    readonly DicomDict: new (meta: object) => { dict: object; write(options?: object): ArrayBuffer }
    readonly DicomMetaDictionary: { denaturalizeDataset(dataset: object): object }
  }
}
const { DicomDict, DicomMetaDictionary } = (dcmjs as Dcmjs).data

const explicitLittleEndian = '1.2.840.10008.1.2.1'

/** UIDs of our own without a registered root: 2.25 and a 128-bit number (PS3.5 B.2), here a hash of `parts`. */
export const derivedUid = (...parts: readonly string[]): string => {
  const digest = createHash('sha256').update(parts.join('\0')).digest('hex')
  return `2.25.${BigInt(`0x${digest.slice(0, 32)}`)}`
}

/** A number as VR DS takes it: at most 16 characters, no exponent, steps of 1e-6. */
export const decimal = (value: number): string => String(Number(value.toFixed(6)))

/** A DICOM Part 10 file, Explicit VR Little Endian. The same data set always gives the same bytes. */
export const part10 = (dataset: Dataset): Buffer => {
  const file = new DicomDict(
    DicomMetaDictionary.denaturalizeDataset({
      FileMetaInformationVersion: new Uint8Array([0, 1]).buffer,
      MediaStorageSOPClassUID: dataset['SOPClassUID'],
      MediaStorageSOPInstanceUID: dataset['SOPInstanceUID'],
      TransferSyntaxUID: explicitLittleEndian,
      ImplementationClassUID: derivedUid('raddeploy', 'sample data'),
      ImplementationVersionName: 'RADDEPLOY_SAMPLE',
      _vrMap: {},
    }),
  )
  file.dict = DicomMetaDictionary.denaturalizeDataset({ ...dataset, _vrMap: { PixelData: 'OW' } })
  return Buffer.from(file.write())
}

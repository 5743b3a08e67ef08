import { decimal, derivedUid, type Dataset } from './part10.ts'
import { positionOf, type Volume } from './volume.ts'

/** One patient and study; everything in it is made up but the voxels of the CT. */
export interface Study {
  readonly name: string
  readonly description: string
  /** Another salt, another study: all UIDs change. */
  readonly salt: string
}

export interface Series {
  readonly number: number
  readonly name: string
  readonly description: string
  readonly modality: string
  readonly sopClassUid: string
  /** Series of one name share their frame of reference. */
  readonly frame: string
}

const date = '20240102'
const time = '101112'

/** The UID of something in a study. */
export const uidIn = (study: Study, ...parts: readonly string[]): string =>
  derivedUid('raddeploy', study.salt, study.name, ...parts)

/** Modules that all our objects have: patient, study, series, equipment, frame of reference, SOP common. */
export const common = (study: Study, series: Series, instance: number): Dataset => ({
  SpecificCharacterSet: 'ISO_IR 192',
  SOPClassUID: series.sopClassUid,
  SOPInstanceUID: uidIn(study, series.name, String(instance)),
  StudyDate: date,
  SeriesDate: date,
  ContentDate: date,
  StudyTime: time,
  SeriesTime: time,
  ContentTime: time,
  AccessionNumber: '',
  Modality: series.modality,
  Manufacturer: 'raddeploy sample data',
  ReferringPhysicianName: '',
  StudyDescription: study.description,
  SeriesDescription: series.description,
  BodyPartExamined: 'HEAD',
  PatientName: `SYNTHETIC^${study.name}`,
  PatientID: `SYNTHETIC-${study.name}`,
  PatientBirthDate: '',
  PatientSex: 'O',
  PatientIdentityRemoved: 'YES',
  DeidentificationMethod: 'The patient is invented',
  StudyInstanceUID: uidIn(study, 'study'),
  SeriesInstanceUID: uidIn(study, series.name, 'series'),
  StudyID: '1',
  SeriesNumber: String(series.number),
  InstanceNumber: String(instance),
  FrameOfReferenceUID: uidIn(study, 'frame', series.frame),
  PositionReferenceIndicator: '',
})

/** Stored pixel values of one slice (unsigned 16 bit, `bits` used) and their meaning. */
export interface Stored {
  readonly bits: number
  readonly slope: number
  readonly intercept: number
}

/**
 * One slice (0 = lowest) of an axial series: image plane, pixels, and what the modality adds. A value is
 * stored as (value - intercept) / slope, cut to what `bits` can hold.
 */
export const slice = (
  study: Study,
  series: Series,
  volume: Volume,
  k: number,
  stored: Stored,
  modality: Dataset,
): Dataset => {
  const [columns, rows] = volume.size
  const top = 2 ** stored.bits - 1
  const pixels = Uint16Array.from(
    volume.data.subarray(k * rows * columns, (k + 1) * rows * columns),
    (value) => Math.max(0, Math.min(top, Math.round((value - stored.intercept) / stored.slope))),
  )
  return {
    ...common(study, series, k + 1),
    AcquisitionDate: date,
    AcquisitionTime: time,
    PatientPosition: 'HFS',
    AcquisitionNumber: '1',
    SliceThickness: decimal(volume.spacing[2]),
    ImagePositionPatient: positionOf(volume, 0, 0, k).map(decimal),
    ImageOrientationPatient: ['1', '0', '0', '0', '1', '0'],
    SliceLocation: decimal(positionOf(volume, 0, 0, k)[2]),
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: rows,
    Columns: columns,
    PixelSpacing: [decimal(volume.spacing[1]), decimal(volume.spacing[0])],
    BitsAllocated: 16,
    BitsStored: stored.bits,
    HighBit: stored.bits - 1,
    PixelRepresentation: 0,
    RescaleIntercept: decimal(stored.intercept),
    RescaleSlope: decimal(stored.slope),
    PixelData: [pixels.buffer],
    ...modality,
  }
}

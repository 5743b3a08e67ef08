import { type Dataset } from './part10.ts'
import { slice, type Series, type Study } from './study.ts'
import { type Volume } from './volume.ts'

const snomed = (CodeValue: string, CodeMeaning: string): Dataset[] => [
  { CodeValue, CodingSchemeDesignator: 'SCT', CodeMeaning },
]

/** PET images (PS3.3 A.21), FDG, of a volume in Bq/ml. */
export const petImages = (study: Study, number: number, frame: string, volume: Volume): Dataset[] => {
  const series: Series = {
    number,
    name: 'pet',
    description: 'PET FDG head',
    modality: 'PT',
    sopClassUid: '1.2.840.10008.5.1.4.1.1.128',
    frame,
  }
  return Array.from({ length: volume.size[2] }, (_, k) => {
    const { PatientPosition: _saidByCodes, ...image } = slice(
      study,
      series,
      volume,
      k,
      { bits: 16, slope: 1, intercept: 0 },
      {
        ImageType: ['DERIVED', 'PRIMARY'],
        DerivationDescription: 'Computed from a CT',
        SeriesType: ['STATIC', 'IMAGE'],
        Units: 'BQML',
        CountsSource: 'EMISSION',
        CorrectedImage: ['DECY', 'ATTN', 'SCAT'],
        DecayCorrection: 'START',
        CollimatorType: 'NONE',
        NumberOfSlices: volume.size[2],
        ImageIndex: k + 1,
        FrameReferenceTime: '0',
        ActualFrameDuration: '180000',
        DecayFactor: '1',
        RadiopharmaceuticalInformationSequence: [
          {
            RadiopharmaceuticalStartTime: '091112',
            RadionuclideTotalDose: '300000000',
            RadionuclideHalfLife: '6586.2',
            RadionuclidePositronFraction: '0.967',
            RadionuclideCodeSequence: snomed('77004003', '^18^Fluorine'),
            RadiopharmaceuticalCodeSequence: snomed('35321007', 'Fluorodeoxyglucose F^18^'),
          },
        ],
        PatientOrientationCodeSequence: [
          {
            ...snomed('102538003', 'recumbent')[0],
            PatientOrientationModifierCodeSequence: snomed('40199007', 'supine'),
          },
        ],
        PatientGantryRelationshipCodeSequence: snomed('102540008', 'headfirst'),
      },
    )
    return image
  })
}

import { type Dataset } from './part10.ts'
import { slice, type Series, type Study } from './study.ts'
import { type Volume } from './volume.ts'

const weightings = {
  t1: { number: 3, description: 'T1 tse transversal', repetition: '550', echo: '12' },
  t2: { number: 4, description: 'T2 tse transversal', repetition: '4500', echo: '95' },
} as const

/** MR images (PS3.3 A.4), spin echo, of a volume in arbitrary units. */
export const mrImages = (
  study: Study,
  weighting: keyof typeof weightings,
  frame: string,
  volume: Volume,
): Dataset[] => {
  const { number, description, repetition, echo } = weightings[weighting]
  const series: Series = {
    number,
    name: weighting,
    description,
    modality: 'MR',
    sopClassUid: '1.2.840.10008.5.1.4.1.1.4',
    frame,
  }
  return Array.from({ length: volume.size[2] }, (_, k) => {
    const {
      RescaleIntercept: _i,
      RescaleSlope: _s,
      ...image
    } = slice(
      study,
      series,
      volume,
      k,
      { bits: 12, slope: 1, intercept: 0 },
      {
        ImageType: ['DERIVED', 'SECONDARY', 'OTHER'],
        DerivationDescription: 'Computed from a CT',
        ScanningSequence: 'SE',
        SequenceVariant: 'SK',
        ScanOptions: '',
        MRAcquisitionType: '2D',
        RepetitionTime: repetition,
        EchoTime: echo,
        EchoTrainLength: '7',
        MagneticFieldStrength: '1.5',
      },
    )
    return image
  })
}

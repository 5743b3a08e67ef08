import { type Dataset } from './part10.ts'
import { slice, type Series, type Study } from './study.ts'
import { type Volume } from './volume.ts'

const ctImageStorage = '1.2.840.10008.5.1.4.1.1.2'

/** CT series of the sample studies; a cone beam CT is a CT image too (as most linacs write it). */
export const ctSeries = (number: number, name: string, description: string, frame: string): Series => ({
  number,
  name,
  description,
  modality: 'CT',
  sopClassUid: ctImageStorage,
  frame,
})

/** CT images (PS3.3 A.3) of a volume in HU, from -1024 to 3071. */
export const ctImages = (study: Study, series: Series, volume: Volume, how: string): Dataset[] =>
  Array.from({ length: volume.size[2] }, (_, k) =>
    slice(
      study,
      series,
      volume,
      k,
      { bits: 12, slope: 1, intercept: -1024 },
      {
        ImageType: ['DERIVED', 'SECONDARY', 'AXIAL'],
        DerivationDescription: how,
        KVP: '120',
        RescaleType: 'HU',
      },
    ),
  )

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DownloadOptions } from '../../../infra/images/apt.ts'
import { appearance, coneBeam, headOnly } from './appearance.ts'
import { ctImages, ctSeries } from './ct.ts'
import { sampleHead, type HeadSource } from './head.ts'
import { mrImages } from './mr.ts'
import { part10, type Dataset } from './part10.ts'
import { petImages } from './pet.ts'
import { spatialRegistration } from './registration.ts'
import { type Study } from './study.ts'
import { identity, rigid } from './transform.ts'
import { resample, type Grid } from './volume.ts'

export interface SampleOptions extends DownloadOptions {
  /** The folder that gets the files; made where it is missing. */
  readonly outDir: string
  /** Without it two runs give identical files; another salt gives another study. */
  readonly studySalt?: string
  readonly studyDescription?: string
}

export interface Sample {
  readonly files: readonly string[]
  /** `phantom` means: no real patient's voxels, because apt was not to be had. */
  readonly source: HeadSource
}

/** How the sample head lay in the MR scanner: its points, taken to the CT's frame (mm). */
export const mrToCt = rigid({ z: 3, x: -2 }, [6, -4, 5])

/** The registration that the sample REG object holds: points of the CBCT's frame to the planning CT's (mm). */
export const cbctToCt = rigid({ z: 4, x: 2 }, [4, 12, 83])

const fromCt = "Voxels of the head CT of Debian's invesalius-examples"
const computed = 'A computed phantom'
const madeFrom = (source: HeadSource): string => (source === 'phantom' ? computed : fromCt)

/** 108 slices of a head CT, flat in `outDir`. */
export const writeHeadCt = async (options: SampleOptions): Promise<Sample> => {
  const { volume, source } = await sampleHead(options)
  const study = studyOf('HEAD', 'Head CT', options)
  const images = ctImages(study, ctSeries(1, 'ct', 'Head CT 1.5 mm', 'ct'), volume, madeFrom(source))
  return { files: await writeFiles(options.outDir, images), source }
}

/** CT and PET in one frame of reference, T1 and T2 MR in another, with a tumour that only PET and MR show. */
export const writeMultimodal = async (options: SampleOptions): Promise<Sample> => {
  const { volume, source } = await sampleHead(options)
  const study = studyOf('MULTIMODAL', 'Head multimodal', options)
  const head = headOnly(volume)
  const mr = (kind: 't1' | 't2') => mrImages(study, kind, 'mr', appearance(head, kind, mrGrid, mrToCt))
  const images = [
    ...ctImages(study, ctSeries(1, 'ct', 'Head CT 1.5 mm', 'ct'), volume, madeFrom(source)),
    ...petImages(study, 2, 'ct', appearance(head, 'pet', petGrid, identity)),
    ...mr('t1'),
    ...mr('t2'),
  ]
  return { files: await writeFiles(options.outDir, images), source }
}

/** A planning CT, the cone beam CT of a treatment day in its own frame, and the registration between them. */
export const writeAdaptive = async (options: SampleOptions): Promise<Sample> => {
  const { volume, source } = await sampleHead(options)
  const study = studyOf('ADAPTIVE', 'Head adaptive', options)
  const planning = ctImages(
    study,
    ctSeries(1, 'planning', 'Planning CT 1.5 mm', 'planning'),
    volume,
    madeFrom(source),
  )
  const daily = coneBeam(resample(headOnly(volume), cbctGrid, cbctToCt, -1000))
  const cbct = ctImages(study, ctSeries(2, 'cbct', 'CBCT of the day', 'cbct'), daily, 'Computed from a CT')
  const moving = { images: cbct, toFixed: cbctToCt }
  const registration = spatialRegistration(study, 3, 'planning', planning, moving)
  return { files: await writeFiles(options.outDir, [...planning, ...cbct, registration]), source }
}

const petGrid: Grid = { size: [62, 62, 41], spacing: [4, 4, 4], origin: [-122, -122, 0.5] }
const mrGrid: Grid = { size: [200, 200, 54], spacing: [1.2, 1.2, 3], origin: [-119.4, -119.4, 0] }
const cbctGrid: Grid = { size: [200, 200, 60], spacing: [1.1, 1.1, 2], origin: [-109.45, -109.45, -59] }

const studyOf = (
  name: string,
  description: string,
  { studySalt, studyDescription }: SampleOptions,
): Study => ({
  name,
  description: studyDescription ?? description,
  salt: studySalt ?? '',
})

const writeFiles = async (outDir: string, images: readonly Dataset[]): Promise<string[]> => {
  await mkdir(outDir, { recursive: true })
  const files: string[] = []
  for (const image of images) {
    const number = String(image['InstanceNumber']).padStart(4, '0')
    const file = join(outDir, `${image['Modality']}${image['SeriesNumber']}_${number}.dcm`)
    await writeFile(file, part10(image))
    files.push(file)
  }
  return files
}

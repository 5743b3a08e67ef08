import Docker from 'dockerode'
import { beforeAll, expect, inject, test } from 'vitest'
import { cbctToCt, writeAdaptive } from '../../../app/demo/sampleData/write.ts'
import { resample, type Volume } from '../../../app/demo/sampleData/volume.ts'
import { sampleHead } from '../../../app/demo/sampleData/head.ts'
import { headOnly } from '../../../app/demo/sampleData/appearance.ts'
import { ensureBaseImage } from '../../../infra/images/base.ts'
import { ensureModelImage } from '../../../infra/images/model.ts'
import { dicomErrors, readDicom, type Naturalized } from '../../support/dicom.ts'
import { runModel, type Files } from '../../support/modelContainer.ts'
import { cacheDir, modelFolder, sampleFiles } from '../../support/sample.ts'

const docker = new Docker({ socketPath: inject('endpoints').docker.socketPath })
const height = (image: Naturalized): number => (image['ImagePositionPatient'] as number[])[2]!
const upwards = (files: Iterable<Buffer>): Naturalized[] =>
  [...files].map(readDicom).sort((a, b) => height(a) - height(b))

let study: Files
let cbct: Naturalized[]
let output: Files
let synthetic: Naturalized[]

beforeAll(async () => {
  await ensureBaseImage(docker, { cacheDir })
  const image = await ensureModelImage(docker, modelFolder('cbct-to-synthetic-ct'))
  study = await sampleFiles(writeAdaptive)
  cbct = upwards([...study].filter(([name]) => name.startsWith('CT2')).map(([, file]) => file))
  const run = await runModel(docker, { image, inputs: { '/input': study } })
  expect(run).toMatchObject({ exitCode: 0 })
  output = run.output
  synthetic = upwards(output.values())
})

test('the sample registration and CBCT are valid DICOM', async () => {
  for (const name of ['REG3_0001.dcm', 'CT2_0030.dcm'])
    expect(await dicomErrors(study.get(name)!)).toEqual([])
})

test('the synthetic CT is valid, a series of its own with UIDs of its own', async () => {
  for (const file of [...output.values()].slice(0, 3)) expect(await dicomErrors(file)).toEqual([])
  const uids = (images: Naturalized[]) => images.map((image) => image['SOPInstanceUID'])
  expect(new Set([...uids(synthetic), ...uids(cbct)]).size).toBe(2 * cbct.length)
  expect(new Set(synthetic.map((image) => image['SeriesInstanceUID'])).size).toBe(1)
  expect(synthetic[0]!['SeriesInstanceUID']).not.toBe(cbct[0]!['SeriesInstanceUID'])
})

test.each([
  'ImagePositionPatient',
  'ImageOrientationPatient',
  'PixelSpacing',
  'SliceThickness',
  'Rows',
  'Columns',
  'FrameOfReferenceUID',
  'StudyInstanceUID',
  'PatientID',
])('its images have the %s of the CBCT', (key) => {
  expect(synthetic.map((image) => image[key])).toEqual(cbct.map((image) => image[key]))
})

test('its HU of soft tissue are nearer to the truth than those of the CBCT', async () => {
  const values = (images: Naturalized[]): number[] =>
    images.flatMap((image) => [
      ...new Uint16Array((image['PixelData'] as ArrayBuffer[])[0]!).map((stored) => stored),
    ])
  const { volume } = await sampleHead({ cacheDir })
  const grid = {
    size: [200, 200, 60],
    spacing: [1.1, 1.1, 2],
    origin: cbct[0]!['ImagePositionPatient'],
  } as unknown as Volume
  const truth = resample(headOnly(volume), grid, cbctToCt, -1000).data
  // the median: what lies at an edge of bone is far off in any smoothed image
  const difference = (images: Naturalized[]): number => {
    const stored = values(images)
    const differences = truth
      .map((hu, at) => (hu > -200 && hu < 200 ? Math.abs(stored[at]! - 1024 - hu) : NaN))
      .filter((hu) => !Number.isNaN(hu))
      .sort()
    return differences[differences.length >> 1]!
  }
  expect(difference(synthetic)).toBeLessThan(0.5 * difference(cbct))
})

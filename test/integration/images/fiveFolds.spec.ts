import Docker from 'dockerode'
import { beforeAll, expect, inject, test } from 'vitest'
import { writeMultimodal } from '../../../app/demo/sampleData/write.ts'
import { ensureBaseImage } from '../../../infra/images/base.ts'
import { ensureModelImage } from '../../../infra/images/model.ts'
import { contoursOf, dicomErrors, readDicom, signedArea } from '../../support/dicom.ts'
import { runModel, type Files } from '../../support/modelContainer.ts'
import { cacheDir, modelFolder, sampleFiles } from '../../support/sample.ts'

const docker = new Docker({ socketPath: inject('endpoints').docker.socketPath })
let image: string
let study: Files
let folds: Files[]

const run = async (command: string, inputs: Record<string, Files>): Promise<Files> => {
  const { exitCode, log, output } = await runModel(docker, { image, command: [command], inputs })
  expect({ exitCode, log }).toMatchObject({ exitCode: 0 })
  return output
}

beforeAll(async () => {
  await ensureBaseImage(docker, { cacheDir })
  image = await ensureModelImage(docker, modelFolder('five-folds'))
  study = await sampleFiles(writeMultimodal)
  const registered = await run('register', { '/input': study })
  folds = await Promise.all(
    [0, 1, 2, 3, 4].map((fold) => {
      const config = new Map([['config.yaml', Buffer.from(`fold: ${fold}\n`)]])
      return run('predict', { '/input': study, '/registered': registered, '/config': config })
    }),
  )
})

const merged = async (masks: readonly Files[]): Promise<{ file: Buffer; volume: number }> => {
  const inputs = Object.fromEntries(masks.map((mask, n) => [`/folds/${n}`, mask]))
  const file = [...(await run('merge', { '/input': study, ...inputs })).values()][0]!
  const contours = contoursOf(readDicom(file)).get('GTV')!
  return { file, volume: Math.abs(contours.reduce((sum, contour) => sum + signedArea(contour), 0)) * 1.5 }
}

test('the merge is a valid RTSTRUCT with what most folds hold for tumour', async () => {
  const { file, volume } = await merged(folds)
  expect(await dicomErrors(file)).toEqual([])
  // the folds ask for more and more uptake, so each lies within the one before: the majority is the middle one
  expect(volume).toBeCloseTo((await merged([folds[2]!])).volume, 6)
  expect(volume).toBeLessThan((await merged([folds[0]!])).volume)
  expect(volume).toBeGreaterThan((await merged([folds[4]!])).volume)
})

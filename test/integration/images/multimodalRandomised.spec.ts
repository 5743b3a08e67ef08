import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { type AddressInfo } from 'node:net'
import Docker from 'dockerode'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { lesion } from '../../../app/demo/sampleData/appearance.ts'
import { apply, inverse } from '../../../app/demo/sampleData/transform.ts'
import { mrToCt, writeMultimodal } from '../../../app/demo/sampleData/write.ts'
import { ensureBaseImage } from '../../../infra/images/base.ts'
import { ensureModelImage } from '../../../infra/images/model.ts'
import { contoursOf, dicomErrors, readDicom, signedArea } from '../../support/dicom.ts'
import { runModel, type Files } from '../../support/modelContainer.ts'
import { cacheDir, modelFolder, sampleFiles } from '../../support/sample.ts'

const docker = new Docker({ socketPath: inject('endpoints').docker.socketPath })
let image: string
let study: Files
let registered: Files
let prediction: Files

const run = async (command: string, inputs: Record<string, Files>): Promise<Files> => {
  const { exitCode, log, output } = await runModel(docker, { image, command: [command], inputs })
  expect({ exitCode, log }).toMatchObject({ exitCode: 0 })
  return output
}

beforeAll(async () => {
  await ensureBaseImage(docker, { cacheDir })
  image = await ensureModelImage(docker, modelFolder('multimodal-randomised'))
  study = await sampleFiles(writeMultimodal)
  registered = await run('register', { '/input': study })
  prediction = await run('predict', { '/input': study, '/registered': registered })
})

test('the sample study is valid DICOM, whatever the modality', async () => {
  for (const series of ['CT1', 'PT2', 'MR3', 'MR4'])
    expect(await dicomErrors(study.get(`${series}_0010.dcm`)!)).toEqual([])
})

test('the registration finds how the head lay in the MR scanner, to 1.5 mm anywhere in it', () => {
  const found = JSON.parse(registered.get('ct-to-moving.json')!.toString()) as { t2: number[][] }
  for (const point of [
    [0, 0, 20],
    [60, 0, 90],
    [-60, 0, 90],
    [0, -80, 90],
    [0, 80, 90],
    [0, 0, 150],
  ] as const) {
    const there = apply(found.t2.flat(), point)
    const truth = apply(inverse(mrToCt), point)
    expect(Math.hypot(...there.map((mm, axis) => mm - truth[axis]!))).toBeLessThan(1.5)
  }
})

test('the prediction is a valid RTSTRUCT with the tumour where it is', async () => {
  const file = [...prediction.values()][0]!
  expect(await dicomErrors(file)).toEqual([])
  const contours = contoursOf(readDicom(file)).get('GTV')!
  const points = contours.flatMap((contour) => contour.points)
  for (const [axis, mm] of lesion.centre.entries()) {
    const mean = points.reduce((sum, point) => sum + point[axis]!, 0) / points.length
    expect(Math.abs(mean - mm)).toBeLessThan(2)
  }
  const volume = Math.abs(contours.reduce((sum, contour) => sum + signedArea(contour), 0)) * 1.5
  const truth = (4 / 3) * Math.PI * lesion.radius ** 3
  expect(volume / truth).toBeGreaterThan(0.8)
  expect(volume / truth).toBeLessThan(1.6)
})

describe('the draw', () => {
  const draw = async (seed: string, status: number) => {
    const records: unknown[] = []
    const server = createServer((request, response) => {
      void json(request).then((record) => {
        records.push(record)
        response.writeHead(status).end()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = server.address() as AddressInfo
      const config = Buffer.from(`url: http://127.0.0.1:${port}/randomisations\nseed: ${seed}\n`)
      const inputs = {
        '/input': study,
        '/prediction': prediction,
        '/config': new Map([['config.yaml', config]]),
      }
      const result = await runModel(docker, { image, command: ['randomise'], inputs, networkMode: 'host' })
      return { ...result, records }
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  }

  test.each([
    ['trial-1', 'empty'],
    ['trial-3', 'prediction'],
  ])('with the seed %s falls on %s, is posted once, and that structure set goes on', async (seed, arm) => {
    const { exitCode, log, records, output } = await draw(seed, 201)
    expect({ exitCode, log }).toMatchObject({ exitCode: 0 })
    const file = [...output.values()][0]!
    const chosen = readDicom(file)
    expect(records).toEqual([
      { study: chosen['StudyInstanceUID'], arm, structureSet: chosen['SOPInstanceUID'] },
    ])
    expect(contoursOf(chosen).get('GTV')!.length > 0).toBe(arm === 'prediction')
    expect(await dicomErrors(file)).toEqual([])
    if (arm === 'prediction') expect(file.equals([...prediction.values()][0]!)).toBe(true)
  })

  test('fails when the server of the trial does not take it', async () => {
    const { exitCode, log, records } = await draw('trial-1', 500)
    expect({ exitCode, posts: records.length }).toEqual({ exitCode: 1, posts: 4 })
    expect(log).toContain('the lot could not be recorded')
  })
})

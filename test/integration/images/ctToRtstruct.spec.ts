import Docker from 'dockerode'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { lesion } from '../../../app/demo/sampleData/appearance.ts'
import { sampleHead } from '../../../app/demo/sampleData/head.ts'
import { connectedAbove, type Volume } from '../../../app/demo/sampleData/volume.ts'
import { writeHeadCt } from '../../../app/demo/sampleData/write.ts'
import { ensureBaseImage } from '../../../infra/images/base.ts'
import { ensureModelImage } from '../../../infra/images/model.ts'
import {
  contoursOf,
  dicomErrors,
  readDicom,
  signedArea,
  type Contour,
  type Naturalized,
} from '../../support/dicom.ts'
import { runModel, type Files } from '../../support/modelContainer.ts'
import { cacheDir, modelFolder, sampleFiles } from '../../support/sample.ts'

const docker = new Docker({ socketPath: inject('endpoints').docker.socketPath })
let image: string
let ct: Files
let file: Buffer

beforeAll(async () => {
  await ensureBaseImage(docker, { cacheDir })
  image = await ensureModelImage(docker, modelFolder('ct-rtstruct'))
  ct = await sampleFiles(writeHeadCt)
  const { exitCode, log, output } = await runModel(docker, { image, inputs: { '/input': ct } })
  expect({ exitCode, log }).toMatchObject({ exitCode: 0 })
  expect([...output.keys()]).toHaveLength(1)
  file = [...output.values()][0]!
})

/** Voxels above -300 HU that hang together with the brain: no couch, no head rest. */
const headOf = (volume: Volume): Uint8Array => {
  const seed = lesion.centre.map((mm, axis) =>
    Math.round((mm - volume.origin[axis]!) / volume.spacing[axis]!),
  )
  return connectedAbove(volume, seed, -300)
}

/** Voxels of the head, holes of each slice filled, in cm³: counted here, without the model's methods. */
const headVolume = ({ volume }: { volume: Volume }): number => {
  const head = headOf(volume)
  const [nx, ny, nz] = volume.size
  const size = [nx, ny, 1] as const
  let voxels = 0
  for (let k = 0; k < nz; k++) {
    const air = Float32Array.from(head.subarray(k * nx * ny, (k + 1) * nx * ny), (inside) => 1 - inside)
    const outside = connectedAbove({ ...volume, size, data: air }, [0, 0, 0], 0.5)
    voxels += nx * ny - outside.reduce((sum, one) => sum + one, 0)
  }
  return (voxels * volume.spacing[0] * volume.spacing[1] * volume.spacing[2]) / 1000
}

/** HU of an image at a point of its plane (mm), between the four voxel centres around it. */
const interpolated = (slice: Naturalized): ((x: number, y: number) => number) => {
  const stored = new Uint16Array((slice['PixelData'] as ArrayBuffer[])[0]!)
  const [x0, y0] = slice['ImagePositionPatient'] as [number, number]
  const [rowDistance, columnDistance] = slice['PixelSpacing'] as [number, number]
  const columns = Number(slice['Columns'])
  const hu = (row: number, column: number) => stored[row * columns + column]! - 1024
  return (x, y) => {
    const [column, row] = [(x - x0) / columnDistance, (y - y0) / rowDistance]
    const [c, r] = [Math.floor(column), Math.floor(row)]
    const [fc, fr] = [column - c, row - r]
    return (
      (hu(r, c) * (1 - fc) + hu(r, c + 1) * fc) * (1 - fr) +
      (hu(r + 1, c) * (1 - fc) + hu(r + 1, c + 1) * fc) * fr
    )
  }
}

const volumeOf = (contours: readonly Contour[]): number =>
  Math.abs(contours.reduce((sum, contour) => sum + signedArea(contour), 0) * 1.5) / 1000

describe('the structure set of the sample head', () => {
  test('is a valid RTSTRUCT', async () => expect(await dicomErrors(file)).toEqual([]))

  test('belongs to the patient, study and frame of reference of the CT', () => {
    const slice = readDicom([...ct.values()][0]!)
    const structures = readDicom(file)
    for (const key of ['StudyInstanceUID', 'FrameOfReferenceUID', 'PatientID', 'StudyDate'])
      expect(structures[key]).toEqual(slice[key])
    expect(structures['Modality']).toBe('RTSTRUCT')
  })

  test('has each contour in the plane of the image that it names', () => {
    const heights = new Map(
      [...ct.values()].map(readDicom).map((slice) => {
        return [slice['SOPInstanceUID'], (slice['ImagePositionPatient'] as number[])[2]]
      }),
    )
    const contours = [...contoursOf(readDicom(file)).values()].flat()
    expect(contours.length).toBeGreaterThan(200)
    const planes = contours.map(({ image: uid, points }) => [uid, [...new Set(points.map(([, , z]) => z))]])
    expect(planes).toEqual(contours.map(({ image: uid }) => [uid, [heights.get(uid)]]))
  })

  test.each([
    ['BODY', -300],
    ['BONE', 200],
  ])('has %s contours where the HU of the named image cross %d', (name, level) => {
    const slices = new Map(
      [...ct.values()].map(readDicom).map((slice) => [String(slice['SOPInstanceUID']), interpolated(slice)]),
    )
    const contours = contoursOf(readDicom(file)).get(name)!
    const off = contours.flatMap(({ image: uid, points }) =>
      points.map(([x, y]) => Math.abs(slices.get(uid)!(x, y) - level)),
    )
    // the rest lies where the couch was cut off or a hole was filled
    expect(off.filter((hu) => hu < 5).length / off.length).toBeGreaterThan(0.97)
  })

  test('has a BODY of the volume that the voxels give', async () => {
    const expected = headVolume(await sampleHead({ cacheDir }))
    expect(expected).toBeGreaterThan(2000)
    const body = volumeOf(contoursOf(readDicom(file)).get('BODY')!)
    expect(Math.abs(body / expected - 1)).toBeLessThan(0.02)
  })

  test('has a BONE of the volume that the voxels inside give, holes taken off', async () => {
    const { volume } = await sampleHead({ cacheDir })
    const head = headOf(volume)
    const voxels = volume.data.reduce((sum, hu, at) => sum + (hu > 200 && head[at] === 1 ? 1 : 0), 0)
    const expected = (voxels * volume.spacing[0] * volume.spacing[1] * volume.spacing[2]) / 1000
    const bone = volumeOf(contoursOf(readDicom(file)).get('BONE')!)
    expect(Math.abs(bone / expected - 1)).toBeLessThan(0.05)
  })
})

test('the same CT gives the same file, byte for byte', async () => {
  const { output } = await runModel(docker, { image, inputs: { '/input': ct } })
  expect([...output.values()][0]!.equals(file)).toBe(true)
})

test.each([
  ['no CT', (files: Files) => new Map([['a.txt', [...files.values()][0]!.subarray(0, 100)]]), 'no CT'],
  ['a missing slice', (files: Files) => new Map([...files].filter((_, n) => n !== 50)), 'not evenly spaced'],
])('%s ends with a message', async (_what, broken, message) => {
  const { exitCode, log } = await runModel(docker, { image, inputs: { '/input': broken(ct) } })
  expect(exitCode).toBe(1)
  expect(log).toContain(message)
})

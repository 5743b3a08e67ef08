import { gaussian } from './noise.ts'
import { apply, inverse, type Matrix } from './transform.ts'
import { blur, connectedAbove, mapVoxels, positionOf, resample, type Grid, type Volume } from './volume.ts'

/** A tumour that the CT does not show and PET and MR do: a ball in the head (mm). */
export interface Lesion {
  readonly centre: readonly [number, number, number]
  readonly radius: number
}

/** In the left hemisphere of the sample head. */
export const lesion: Lesion = { centre: [36, 7, 97.5], radius: 13 }

const air = -1000

/** The head without couch and head rest (those become air). */
export const headOnly = (ct: Volume): Volume => {
  const seed = lesion.centre.map((mm, axis) => Math.round((mm - ct.origin[axis]!) / ct.spacing[axis]!))
  const head = connectedAbove(ct, seed, -300)
  const dilated = (at: number) => head[at] === 1 || head[at - 1] === 1 || head[at + 1] === 1
  return mapVoxels(ct, (hu, at) => (hu <= -300 || dilated(at) ? hu : air))
}

type Curve = readonly (readonly [hu: number, value: number])[]

// Not physics: monotone pieces that give each tissue about the brightness a reader expects.
const pet: Curve = [
  [-1000, 0],
  [-250, 0],
  [-100, 1500],
  [0, 3000],
  [20, 5500],
  [60, 5500],
  [150, 2500],
  [400, 1200],
  [3100, 800],
]
const t1: Curve = [
  [-1000, 0],
  [-250, 0],
  [-120, 900],
  [-30, 700],
  [0, 250],
  [25, 450],
  [45, 600],
  [90, 450],
  [250, 60],
  [3100, 40],
]
const t2: Curve = [
  [-1000, 0],
  [-250, 0],
  [-120, 650],
  [-30, 600],
  [0, 1000],
  [20, 650],
  [45, 450],
  [90, 300],
  [250, 50],
  [3100, 30],
]

/** The value of a piecewise linear curve; flat beyond its ends. */
export const along = (curve: Curve, hu: number): number => {
  const next = curve.findIndex(([at]) => at >= hu)
  if (next === 0) return curve[0]![1]
  if (next < 0) return curve.at(-1)![1]
  const [h0, v0] = curve[next - 1]!
  const [h1, v1] = curve[next]!
  return v0 + ((v1 - v0) * (hu - h0)) / (h1 - h0)
}

const tabulated = (curve: Curve): ((hu: number) => number) => {
  const table = Float32Array.from({ length: 4200 }, (_, n) => along(curve, n - 1024))
  return (hu) => table[Math.max(0, Math.min(4199, Math.round(hu) + 1024))]!
}

const withLesion = (volume: Volume, { centre, radius }: Lesion, value: number): Volume => {
  const data = volume.data.slice()
  const [nx, ny, nz] = volume.size
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++) {
        const [x, y, z] = positionOf(volume, i, j, k)
        const square = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2
        if (square <= radius ** 2) data[(k * ny + j) * nx + i] = value
      }
  return { ...volume, data }
}

const kinds = {
  pet: { curve: pet, lesion: 25_000, sigma: 3 },
  t1: { curve: t1, lesion: 300, sigma: 1.2 },
  t2: { curve: t2, lesion: 1200, sigma: 1.2 },
} as const

/**
 * PET activity (Bq/ml) or MR signal (arbitrary) as it might look, from a head CT in HU. `toCt` takes points
 * of the new grid to the CT's (mm, rigid).
 */
export const appearance = (head: Volume, kind: keyof typeof kinds, grid: Grid, toCt: Matrix): Volume => {
  const { curve, lesion: value, sigma } = kinds[kind]
  const tissue = mapVoxels(resample(head, grid, toCt, air), tabulated(curve))
  const there = { ...lesion, centre: apply(inverse(toCt), lesion.centre) }
  return blur(withLesion(tissue, there, value), sigma)
}

/**
 * What a cone beam scanner makes of HU: other scale, cupping towards the middle, noise, nothing outside its
 * round field of view. Repeats itself: the noise has a fixed seed.
 */
export const coneBeam = (hu: Volume): Volume => {
  const [nx, ny] = hu.size
  const noise = gaussian(20_240_102)
  const radius = nx / 2
  return mapVoxels(hu, (value, at) => {
    const r = Math.hypot((at % nx) - (nx - 1) / 2, (Math.floor(at / nx) % ny) - (ny - 1) / 2) / radius
    if (r > 1) return air
    if (value <= -900) return air + Math.abs(noise()) * 30
    return Math.min(3071, Math.max(air, 0.8 * value + 60 - 70 * (1 - r * r) + 35 * noise()))
  })
}

import { type Matrix, compose } from './transform.ts'

/** An axial voxel grid in patient coordinates (mm, DICOM LPS); rows run along +x, columns along +y, slices along +z. */
export interface Grid {
  /** Voxels along x, y and z. */
  readonly size: readonly [number, number, number]
  /** Distance of voxel centres in mm. */
  readonly spacing: readonly [number, number, number]
  /** Centre of the first voxel in mm. */
  readonly origin: readonly [number, number, number]
}

/** Voxel values on a grid, x fastest, then y, then z. */
export interface Volume extends Grid {
  readonly data: Float32Array
}

/** A new volume on the grid of `volume`, voxel by voxel. */
export const mapVoxels = (volume: Volume, f: (value: number, index: number) => number): Volume => ({
  ...volume,
  data: volume.data.map(f),
})

/** Centre of voxel (i, j, k) in mm. */
export const positionOf = (
  { origin, spacing }: Grid,
  i: number,
  j: number,
  k: number,
): [number, number, number] => [
  origin[0] + i * spacing[0],
  origin[1] + j * spacing[1],
  origin[2] + k * spacing[2],
]

const indexToPosition = ({ origin: o, spacing: s }: Grid): Matrix => [
  ...[s[0], 0, 0, o[0]],
  ...[0, s[1], 0, o[1]],
  ...[0, 0, s[2], o[2]],
  ...[0, 0, 0, 1],
]

const positionToIndex = ({ origin: o, spacing: s }: Grid): Matrix => [
  ...[1 / s[0], 0, 0, -o[0] / s[0]],
  ...[0, 1 / s[1], 0, -o[1] / s[1]],
  ...[0, 0, 1 / s[2], -o[2] / s[2]],
  ...[0, 0, 0, 1],
]

/**
 * `source` on another grid by trilinear interpolation. `toSource` takes a point of the new grid (mm) to a
 * point of the source (mm); where that lies outside, the value is `outside`.
 */
export const resample = (source: Volume, grid: Grid, toSource: Matrix, outside: number): Volume => {
  const m = compose(positionToIndex(source), compose(toSource, indexToPosition(grid))) as number[]
  const [nx, ny, nz] = source.size
  const [gx, gy, gz] = grid.size
  const { data } = source
  const result = new Float32Array(gx * gy * gz).fill(outside)
  let at = 0
  for (let k = 0; k < gz; k++) {
    for (let j = 0; j < gy; j++) {
      let x = m[1]! * j + m[2]! * k + m[3]!
      let y = m[5]! * j + m[6]! * k + m[7]!
      let z = m[9]! * j + m[10]! * k + m[11]!
      for (let i = 0; i < gx; i++, at++, x += m[0]!, y += m[4]!, z += m[8]!) {
        if (x < 0 || y < 0 || z < 0 || x > nx - 1 || y > ny - 1 || z > nz - 1) continue
        const x0 = Math.min(Math.floor(x), nx - 2)
        const y0 = Math.min(Math.floor(y), ny - 2)
        const z0 = Math.min(Math.floor(z), nz - 2)
        const [fx, fy, fz] = [x - x0, y - y0, z - z0]
        const p = (z0 * ny + y0) * nx + x0
        const q = p + nx * ny
        const near =
          (data[p]! * (1 - fx) + data[p + 1]! * fx) * (1 - fy) +
          (data[p + nx]! * (1 - fx) + data[p + nx + 1]! * fx) * fy
        const far =
          (data[q]! * (1 - fx) + data[q + 1]! * fx) * (1 - fy) +
          (data[q + nx]! * (1 - fx) + data[q + nx + 1]! * fx) * fy
        result[at] = near * (1 - fz) + far * fz
      }
    }
  }
  return { ...grid, data: result }
}

/** Gaussian blur with standard deviation `sigma` in mm along each axis, cut at twice that; edges repeat. */
export const blur = (volume: Volume, sigma: number): Volume => {
  const [nx, ny] = volume.size
  const strides = [1, nx, nx * ny]
  const data = volume.data.slice()
  for (const [axis, length] of volume.size.entries()) {
    const weights = bell(sigma / volume.spacing[axis]!)
    const reach = (weights.length - 1) / 2
    const stride = strides[axis]!
    const line = new Float32Array(length + 2 * reach)
    for (let count = 0; count < data.length / length; count++) {
      const start = Math.floor(count / stride) * stride * length + (count % stride)
      for (let n = 0; n < line.length; n++)
        line[n] = data[start + Math.max(0, Math.min(length - 1, n - reach)) * stride]!
      for (let n = 0; n < length; n++) {
        let sum = 0
        for (let w = 0; w < weights.length; w++) sum += weights[w]! * line[n + w]!
        data[start + n * stride] = sum
      }
    }
  }
  return { ...volume, data }
}

const bell = (deviation: number): Float32Array => {
  const reach = Math.ceil(2 * deviation)
  const weights = Float32Array.from({ length: 2 * reach + 1 }, (_, n) =>
    Math.exp(-((n - reach) ** 2) / (2 * deviation ** 2)),
  )
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

/** Voxels above `threshold` that hang together (6 neighbours) with voxel `seed`: 1 inside, 0 outside. */
export const connectedAbove = (volume: Volume, seed: readonly number[], threshold: number): Uint8Array => {
  const [nx, ny, nz] = volume.size
  const mask = new Uint8Array(volume.data.length)
  const stack = [(seed[2]! * ny + seed[1]!) * nx + seed[0]!]
  while (stack.length > 0) {
    const at = stack.pop()!
    if (mask[at] === 1 || !(volume.data[at]! > threshold)) continue
    mask[at] = 1
    const x = at % nx
    const y = Math.floor(at / nx) % ny
    const z = Math.floor(at / (nx * ny))
    if (x > 0) stack.push(at - 1)
    if (x < nx - 1) stack.push(at + 1)
    if (y > 0) stack.push(at - nx)
    if (y < ny - 1) stack.push(at + nx)
    if (z > 0) stack.push(at - nx * ny)
    if (z < nz - 1) stack.push(at + nx * ny)
  }
  return mask
}

import { gaussian } from './noise.ts'
import { blur, mapVoxels, type Grid, type Volume } from './volume.ts'

/** The grid of the sample head: 245 × 245 × 162 mm. */
export const headGrid: Grid = {
  size: [256, 256, 108],
  spacing: [0.957031, 0.957031, 1.5],
  origin: [-122.021453, -122.021453, 0],
}

type Ellipsoid = readonly [hu: number, centre: readonly number[], radii: readonly number[]]

// From outside to inside; the last one that holds a point gives its value.
const head: readonly Ellipsoid[] = [
  [40, [0, -60, 5], [34, 48, 34]],
  [40, [0, 15, 70], [78, 98, 88]],
  [1000, [0, -58, 8], [28, 42, 12]],
  [50, [0, -50, 8], [22, 38, 14]],
  [1100, [0, 15, 70], [72, 92, 82]],
  [35, [0, 15, 70], [65, 85, 75]],
  [5, [-9, 10, 85], [5, 25, 12]],
  [5, [9, 10, 85], [5, 25, 12]],
  [900, [-42, 22, 30], [22, 7, 8]],
  [900, [42, 22, 30], [22, 7, 8]],
  [15, [-32, -62, 50], [12, 12, 12]],
  [15, [32, -62, 50], [12, 12, 12]],
  [-1000, [0, -62, 20], [14, 18, 22]],
  [900, [0, -85, 45], [10, 6, 6]],
  [300, [0, 38, 78], [4, 4, 4]],
]

/**
 * A computed head in HU, for machines that cannot get the real one: skin, jaw, skull, brain, eyes, …; with the
 * blur and the noise of a scanner.
 */
export const phantom = (grid: Grid = headGrid): Volume => {
  const [nx, ny, nz] = grid.size
  const data = new Float32Array(nx * ny * nz).fill(-1000)
  for (const [hu, c, r] of head) {
    for (let k = 0; k < nz; k++) {
      const z = ((grid.origin[2] + k * grid.spacing[2] - c[2]!) / r[2]!) ** 2
      for (let j = 0; z <= 1 && j < ny; j++) {
        const y = ((grid.origin[1] + j * grid.spacing[1] - c[1]!) / r[1]!) ** 2
        for (let i = 0; y + z <= 1 && i < nx; i++) {
          const x = ((grid.origin[0] + i * grid.spacing[0] - c[0]!) / r[0]!) ** 2
          if (x + y + z <= 1) data[(k * ny + j) * nx + i] = hu
        }
      }
    }
  }
  const noise = gaussian(7)
  return mapVoxels(blur({ ...grid, data }, 0.7), (hu) => Math.max(-1024, hu + 8 * noise()))
}

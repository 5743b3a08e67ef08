import { buffer } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { isRadDeployError, messageOf } from '../../../core/error/error.ts'
import { downloadPackages, packageEntries, type DownloadOptions } from '../../../infra/images/apt.ts'
import { headGrid, phantom } from './phantom.ts'
import { type Volume } from './volume.ts'

/** Where the voxels come from: Debian's InVesalius example (a real head CT), or our computed phantom. */
export type HeadSource = 'invesalius-examples' | 'phantom'

/**
 * The sample head in HU: the real CT of Debian's package invesalius-examples (GPL-2, only read here), and a
 * computed phantom on the same grid where apt is not to be had.
 */
export const sampleHead = async (
  options: DownloadOptions,
): Promise<{ readonly volume: Volume; readonly source: HeadSource }> => {
  try {
    const [deb] = await downloadPackages(['invesalius-examples'], options)
    return { volume: hounsfield(await matrixOf(deb!)), source: 'invesalius-examples' }
  } catch (error) {
    if (!isRadDeployError(error)) throw error
    options.progress?.(`no real head CT (${messageOf(error)}): a computed phantom takes its place`)
    return { volume: phantom(), source: 'phantom' }
  }
}

/** int16 little endian, slices upwards; InVesalius keeps rows from the back of the head to the face. */
const hounsfield = (matrix: Buffer): Volume => {
  const [nx, ny, nz] = headGrid.size
  const values = new Int16Array(matrix.buffer, matrix.byteOffset, nx * ny * nz)
  const data = new Float32Array(values.length)
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++) {
      const row = (k * ny + (ny - 1 - j)) * nx
      data.set(values.subarray(row, row + nx), (k * ny + j) * nx)
    }
  return { ...headGrid, data }
}

const matrixOf = async (deb: string): Promise<Buffer> => {
  for await (const { header, content } of packageEntries(deb)) {
    if (!header.name.endsWith('/Cranium.inv3')) continue
    const project = extract()
    Readable.from(content)
      .pipe(createGunzip())
      .pipe(project as unknown as NodeJS.WritableStream)
    for await (const file of project) {
      if (file.header.name.endsWith('/matrix.dat')) return Buffer.from(await buffer(Readable.from(file)))
      file.resume()
    }
  }
  throw new Error(`${deb} has no Cranium.inv3 with a matrix.dat`)
}

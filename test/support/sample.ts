import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type Sample, type SampleOptions } from '../../app/demo/sampleData/write.ts'
import { type Files } from './modelContainer.ts'

const root = join(import.meta.dirname, '../..')

/** The same cache as the stack's: downloads are shared by all tests and with `npm start`. */
export const cacheDir = process.env['RADDEPLOY_CACHE'] ?? join(root, '.raddeploy', 'cache')

/** The folder of a demonstration model. */
export const modelFolder = (name: string): string => join(root, 'flows', 'models', name)

/** A sample study in memory, by file name. */
export const sampleFiles = async (write: (options: SampleOptions) => Promise<Sample>): Promise<Files> => {
  const outDir = await mkdtemp(join(tmpdir(), 'raddeploy-'))
  try {
    const { files } = await write({ outDir, cacheDir })
    return new Map(
      await Promise.all(files.map(async (file) => [basename(file), await readFile(file)] as const)),
    )
  } finally {
    await rm(outDir, { recursive: true })
  }
}

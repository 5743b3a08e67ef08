import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { makeFile } from '../test/support/dicomFiles.ts'
import { startPrivateStack } from '../test/support/privateStack.ts'
import { compared } from './figure.ts'
import { type Part } from './parts.ts'
import { raddeployScp } from './peers/raddeploy.ts'
import { peakOf } from './peak.ts'
import { makeSlices } from './slices.ts'
import { send } from './storescu.ts'

const gigabyte = 1024 ** 3

/** A multi-frame file with so many bytes of pixels. */
const makeLarge = async (folder: string, bytes: number): Promise<void> => {
  const { path } = await makeFile(join(folder, '..', 'made'), { kind: 'enhancedCt', side: 16, frames: 2 })
  const file = await readFile(path)
  const pixels = file.lastIndexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00]))
  const head = Buffer.from(file.subarray(0, pixels + 12))
  head.writeUInt32LE(bytes, pixels + 8)
  const block = randomBytes(1024 * 1024)
  const blocks = function* (): Generator<Buffer> {
    yield head
    for (let left = bytes; left > 0; left -= block.length) yield block.subarray(0, left)
  }
  await pipeline(Readable.from(blocks()), createWriteStream(join(folder, 'large.dcm')))
}

/** Peak memory of the SCP's process while a multi-frame instance of 2 GB comes in, beside 200 CT slices of 0.5 MB. */
export const large: Part = async (say) => {
  const folder = await mkdtemp(join(tmpdir(), 'raddeploy-bench-'))
  const stack = await startPrivateStack()
  try {
    const series = await makeSlices(join(folder, 'series'), 200)
    const single = await makeSlices(join(folder, 'single'), 0)
    await makeLarge(single, 2 * gigabyte)
    const peak = async (sent: string): Promise<number> => {
      const server = await raddeployScp(stack.endpoints).start(join(folder, 'data'))
      try {
        const seconds = await send([sent], server.port)
        const megabytes = await peakOf(server.pid)
        say(
          `${sent === single ? '2 GB' : '200 slices'}: ${megabytes.toFixed(0)} MB, in ${seconds.toFixed(1)} s`,
        )
        return megabytes
      } finally {
        await server.stop()
        await rm(join(folder, 'data'), { recursive: true, force: true })
      }
    }
    const [ours, peer] = [await peak(single), await peak(series)]
    const name = 'peak memory of the SCP, one instance of 2 GB'
    return [compared({ name, ours, peer, peerName: 'ours with 200 slices', unit: 'MB' }, { atMost: 1.5 })]
  } finally {
    await stack.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

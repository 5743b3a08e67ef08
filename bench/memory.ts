import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPrivateStack } from '../test/support/privateStack.ts'
import { compared } from './figure.ts'
import { type Part } from './parts.ts'
import { peakOf } from './peak.ts'
import { raddeployScp } from './peers/raddeploy.ts'
import { makeSlices } from './slices.ts'
import { send } from './storescu.ts'

const slices = 200
const times = 50

/**
 * Peak memory of the SCP's process during an association of 10,000 CT slices beside one of 200, each in a process
 * that was just started: what an association takes must not grow with its length.
 */
export const memory: Part = async (say) => {
  const folder = await mkdtemp(join(tmpdir(), 'raddeploy-bench-'))
  const stack = await startPrivateStack()
  try {
    const series = await makeSlices(join(folder, 'series'), slices)
    const peak = async (repeats: number): Promise<number> => {
      const server = await raddeployScp(stack.endpoints).start(join(folder, 'data'))
      try {
        await send(
          Array.from({ length: repeats }, () => series),
          server.port,
        )
        const megabytes = await peakOf(server.pid)
        say(`${repeats * slices} instances: ${megabytes.toFixed(0)} MB`)
        return megabytes
      } finally {
        await server.stop()
        await rm(join(folder, 'data'), { recursive: true, force: true })
      }
    }
    const short = await peak(1)
    const measured = { name: 'peak memory of the SCP, 10,000 instances in one association', unit: 'MB' }
    const peer = { peer: short, peerName: 'ours with 200 instances' }
    return [compared({ ...measured, ours: await peak(times), ...peer }, { atMost: 1.3 })]
  } finally {
    await stack.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

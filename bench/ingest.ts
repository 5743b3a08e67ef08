import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPrivateStack } from '../test/support/privateStack.ts'
import { compared, median } from './figure.ts'
import { type Part } from './parts.ts'
import { orthanc } from './peers/orthanc.ts'
import { pynetdicom } from './peers/pynetdicom.ts'
import { raddeployScp } from './peers/raddeploy.ts'
import { type Scp } from './peers/scp.ts'
import { storescp } from './peers/storescp.ts'
import { makeSlices } from './slices.ts'
import { send } from './storescu.ts'

const slices = 200
const atOnce = 4
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3)
const peers = [
  { scp: orthanc, atLeast: 1.5 },
  { scp: pynetdicom, atLeast: 2 },
  { scp: storescp, atLeast: 0.5 },
]

interface Speed {
  readonly one: number
  readonly four: number
}

/**
 * Images a second that are stored before they are acknowledged: 200 CT slices in one association, and in four at
 * once. All SCPs get the same files from the same client, in turn, each round on an empty folder and after a warm-up;
 * the median of the rounds counts.
 */
export const ingest: Part = async (say) => {
  const folder = await mkdtemp(join(tmpdir(), 'raddeploy-bench-'))
  const stack = await startPrivateStack()
  try {
    const warmUp = await makeSlices(join(folder, 'warm-up'), 400)
    const series: string[] = []
    for (let n = 0; n <= atOnce; n += 1) series.push(await makeSlices(join(folder, `series-${n}`), slices))
    const [alone, ...together] = series as [string, ...string[]]
    const measure = async (scp: Scp, round: number): Promise<Speed> => {
      const data = join(folder, 'data')
      const server = await scp.start(data)
      try {
        await send([warmUp], server.port)
        const one = slices / (await send([alone], server.port))
        const began = performance.now()
        await Promise.all(together.map((one) => send([one], server.port)))
        const four = (atOnce * slices * 1000) / (performance.now() - began)
        say(`round ${round}: ${scp.name}: ${one.toFixed(0)} images/s, ${four.toFixed(0)} in four`)
        return { one, four }
      } finally {
        await server.stop()
        await rm(data, { recursive: true, force: true })
      }
    }
    const all = [raddeployScp(stack.endpoints), ...peers.map(({ scp }) => scp)]
    const speeds = new Map<Scp, Speed[]>(all.map((scp) => [scp, []]))
    for (let round = 1; round <= rounds; round += 1)
      for (const scp of all) speeds.get(scp)!.push(await measure(scp, round))
    const middle = (scp: Scp, of: keyof Speed): number => median(speeds.get(scp)!.map((speed) => speed[of]))
    return peers.flatMap(({ scp, atLeast }) =>
      (['one', 'four'] as const).map((of) => {
        const name = `stored instances, ${of === 'one' ? 'one association' : 'four associations at once'}`
        const figures = { ours: middle(all[0]!, of), peer: middle(scp, of) }
        return compared({ name, ...figures, peerName: scp.name, unit: 'images/s' }, { atLeast })
      }),
    )
  } finally {
    await stack.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { type EventType, type Recorded } from '../core/event/event.ts'
import { dockerOptions } from '../infra/docker/client.ts'
import { busyboxImage } from '../test/integration/docker/busybox.ts'
import { startPrivateStack } from '../test/support/privateStack.ts'
import { type System, startSystem } from '../test/support/system.ts'
import { type Figure, compared, median } from './figure.ts'
import { type Engine, createAndStart, watchEngine } from './latency/engine.ts'
import { type Scanner, startScanner } from './latency/scanner.ts'
import { type Moments, spread, stagesOf } from './latency/stages.ts'
import { type Part } from './parts.ts'
import { makeSlices } from './slices.ts'

const studies = Number(process.env['BENCH_STUDIES'] ?? 30)
const warmUps = 5
const atMostMs = 300
const image = 'rd-bench/latency:1'
// it lives until the engine was asked about it
const flow = `
name: latency
triggers: [{ Modality: [CT] }]
models: [{ docker_kwargs: { image: '${image}', command: [sh, -c, 'sleep 0.5; touch /output/done'] }, pull_before_exec: false }]`

interface Study {
  readonly moments: Moments
  /** From the release to the start of the container. */
  readonly tookMs: number
  /** What the engine alone took for a container of the same options. */
  readonly engineMs: number
}

/**
 * From the A-RELEASE-RP that the scanner sees to the start of the container of a flow with one model, beyond what
 * `docker create` and `docker start` take for such a container, measured in turn. Every service runs in this process,
 * as under `raddeploy up`; one study after the other, the first few not counted.
 */
export const latency: Part = async (say) => {
  const folder = await mkdtemp(join(tmpdir(), 'raddeploy-bench-'))
  const stack = await startPrivateStack()
  const docker = new Docker(dockerOptions(stack.endpoints.docker))
  const system = await startSystem(stack.endpoints)
  const scanner = startScanner()
  const engine = await watchEngine(docker)
  try {
    await busyboxImage(docker, image)
    await system.apply(flow)
    const of = async (slices: number): Promise<Figure> => {
      const measured: Study[] = []
      for (let n = 0; n < warmUps + studies; n += 1) {
        const study = await makeSlices(join(folder, `study-${slices}-${n}`), slices)
        measured.push(await measure(study, { system, scanner, engine, docker }))
        await rm(study, { recursive: true })
      }
      return figureOf(slices, measured.slice(warmUps), say)
    }
    return [await of(20), await of(1)]
  } finally {
    engine.stop()
    scanner.stop()
    await system.stop()
    await docker.getImage(image).remove({ force: true })
    await stack.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

const measure = async (
  folder: string,
  on: {
    readonly system: System
    readonly scanner: Scanner
    readonly engine: Engine
    readonly docker: Docker
  },
): Promise<Study> => {
  const { system, scanner, engine, docker } = on
  const before = new Set(system.events().map(({ meta }) => meta.id))
  const event = <T extends EventType>(type: T): Promise<Recorded<T>> =>
    system.event(type, ({ meta }) => !before.has(meta.id))
  const at = async (type: EventType): Promise<number> => Date.parse((await event(type)).meta.time)
  const releasedAt = await scanner.push(folder, system.scpPort)
  const { data } = await event('ModelStarted')
  const { volumesAt, filledAt, namedAt, startedAt, container } = await engine.account(data.jobId)
  await event('RunFinished')
  const moments: Moments = [
    ['released', releasedAt],
    ['BundleClosed', await at('BundleClosed')],
    ['TriggerMatched', await at('TriggerMatched')],
    ['RunCreated', await at('RunCreated')],
    ['ModelQueued', await at('ModelQueued')],
    ['ModelAssigned', await at('ModelAssigned')],
    ['volumes created', volumesAt],
    ['inputs in them', filledAt],
    ['container named', namedAt],
    ['ModelStarted', await at('ModelStarted')],
    ['container started', startedAt],
  ]
  const engineMs = await createAndStart(docker, container)
  return { moments, tookMs: startedAt - releasedAt, engineMs }
}

const figureOf = (slices: number, measured: readonly Study[], say: (text: string) => void): Figure => {
  const what = slices === 1 ? '1 slice' : `${slices} slices`
  const engine = measured.map(({ engineMs }) => engineMs)
  const took = measured.map(({ tookMs }) => tookMs)
  say(`${measured.length} studies of ${what}`)
  for (const line of stagesOf(measured.map(({ moments }) => moments))) say(`  ${line}`)
  say(`  ${spread('release to start', took)}`)
  say(`  ${spread('docker create + start', engine)}`)
  const figures = { ours: median(took) - median(engine), peer: median(engine), unit: 'ms' }
  return compared(
    {
      name: `release to start of the container, beyond docker's share, ${what}`,
      ...figures,
      peerName: 'docker create + start',
    },
    { oursAtMost: atMostMs },
  )
}

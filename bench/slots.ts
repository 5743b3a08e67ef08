/**
 * How long a slot idles between two models: `node --import tsx bench/slots.ts [runs]`.
 * 200 runs of one trivial model each are queued at once for 4 slots, on real servers that are started for it, with
 * real containers. Idle is a slot from the moment when the outcome of one model is acknowledged by Kafka to the
 * moment when the worker begins on the next. Beside it stands what `docker run` takes for the same image.
 */
import { execa } from 'execa'
import { type Fact, type Recorded } from '../core/event/event.ts'
import { deterministicId } from '../core/event/id.ts'
import { parseFlow } from '../core/flow/parse.ts'
import { driven } from '../app/driven.ts'
import { processors } from '../processors/index.ts'
import { workerConfigSchema } from '../processors/worker/config.ts'
import { runModel } from '../processors/worker/effects.ts'
import { announce } from '../processors/worker/presence.ts'
import { busyboxImage } from '../test/integration/docker/busybox.ts'
import { startPrivateStack } from '../test/support/privateStack.ts'
import { startSystem } from '../test/support/system.ts'

const count = Number(process.argv[2] ?? 200)
const slots = 4
const image = 'rd-bench/trivial:1'
const command = 'cp /input/* /output'

interface Spell {
  readonly slot: number
  readonly priority: number
  readonly begun: number
  ended: number
}
const spells: Spell[] = []
const priorities = new Map<string, number>()

const percentile = (values: readonly number[], part: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))]!
const line = (name: string, values: readonly number[]): string =>
  `${name}: median ${Math.round(percentile(values, 0.5))} ms, 95 % ${Math.round(percentile(values, 0.95))} ms, n = ${values.length}\n`

const stack = await startPrivateStack((step, detail) => process.stderr.write(`${step} ${detail ?? ''}\n`))
const system = await startSystem(stack.endpoints, ['scheduler', 'dispatcher'])
const { connections } = system
const { docker, store, logger } = connections
await busyboxImage(docker, image)

const object = await store.put('bench/file', Buffer.from('one file'))
const manifest = await store.putJson('bench/src.json', { files: [{ path: 'file', object }] })
const input = { name: 'src', manifest, files: 1, bytes: object.size }
const created = (index: number): Fact<'RunCreated'> => {
  const priority = index % 6
  const yaml = `
name: flow-${index}
priority: ${priority}
triggers: [{ Modality: [CT] }]
models: [{ docker_kwargs: { image: '${image}', command: [sh, -c, '${command}'] }, pull_before_exec: false }]`
  const { flow } = parseFlow(yaml, 'bench.yaml')
  const runId = deterministicId('run', 'bench', index)
  priorities.set(runId, priority)
  const peer = { aeTitle: 'BENCH', host: '127.0.0.1' }
  const names = { flowName: `flow-${index}`, flowVersion: '', flowHash: 'bench' }
  const data = { runId, bundleId: runId, ...names, definition: JSON.stringify(flow), calling: peer }
  return {
    type: 'RunCreated',
    stream: runId,
    data: { ...data, calledAeTitle: 'BENCH', input, rerunOf: null, lineage: [] },
  }
}
const emit = connections.emitAs('bench')
for (let index = 0; index < count; index += 1) await emit(created(index))
const queued = (): number => system.events().filter(({ type }) => type === 'ModelQueued').length
await system.event('ModelQueued', () => queued() === count, 120_000)

const config = workerConfigSchema.parse({ workerId: 'bench', installation: 'bench', slots })
const run = runModel({ docker, store, logger, config })
async function* timed(assigned: Recorded<'ModelAssigned'>, signal: AbortSignal) {
  const { slot, runId } = assigned.data
  const spell: Spell = { slot, priority: priorities.get(runId)!, begun: performance.now(), ended: 0 }
  spells.push(spell)
  for await (const fact of run(assigned, signal)) {
    // where the outcome is read back before Kafka's acknowledgement, nobody asks for more
    spell.ended = performance.now()
    yield fact
    spell.ended = performance.now()
  }
}
const worker = await driven(
  processors.worker({ workerId: 'bench', runModel: timed, sweep: () => undefined }),
  connections,
  { instance: 'bench', concurrency: 2 * slots },
)
const offer = { workerId: 'bench', host: 'bench', slots, cpus: slots, memory: 0, gpus: [], gpuMemory: [] }
const began = performance.now()
const presence = await announce(
  { ...offer, labels: [], leaseMs: 30_000 },
  { publish: connections.emitAs('worker'), canRun: () => Promise.resolve(true) },
)
const finished = (): number => system.events().filter(({ type }) => type === 'RunFinished').length
await system.event('RunFinished', () => finished() === count, 600_000)
const tookMs = performance.now() - began

const idle = Array.from({ length: slots }, (_, slot) => spells.filter((one) => one.slot === slot)).flatMap(
  (own) => own.slice(1).map(({ begun }, index) => Math.max(0, begun - own[index]!.ended)),
)
const busy = spells.map(({ begun, ended }) => ended - begun)
const order = spells.map(({ priority }) => priority)
const inOrder = order.every((priority, index) => index === 0 || priority <= order[index - 1]!)

const peer: number[] = []
for (let index = 0; index < 20; index += 1) {
  const from = performance.now()
  await execa('docker', [
    ...['-H', `unix://${(stack.endpoints.docker as { socketPath: string }).socketPath}`, 'run', '--rm'],
    ...['--network', 'none', image, 'true'],
  ])
  peer.push(performance.now() - from)
}
process.stdout.write(
  `${finished()} of ${count} runs finished in ${Math.round(tookMs / 1000)} s, begun in order of priority: ${inOrder}\n`,
)
process.stdout.write(line('a slot idles between two models', idle))
process.stdout.write(line('a model on its slot, inputs to outputs', busy))
process.stdout.write(line('docker run --rm of the same image', peer))
process.stdout.write(`idle / docker run: ${(percentile(idle, 0.5) / percentile(peer, 0.5)).toFixed(2)}\n`)
await presence.leave('done')
await worker.stop()
await system.stop()
await docker.getImage(image).remove({ force: true })
await stack.stop()

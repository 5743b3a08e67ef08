import { type EventType, type Fact, type Recorded, topicOf } from '../../core/event/event.ts'
import { deterministicId } from '../../core/event/id.ts'
import { published } from '../../core/event/publish.ts'

const start = Date.UTC(2026, 0, 1)
let offset = 0n

/** A fact as it stands on the log, a millisecond after the one before. */
export const recorded = <T extends EventType>(fact: Fact<T>): Recorded<T> => {
  offset += 1n
  const now = new Date(start + Number(offset)).toISOString()
  const at = { topic: topicOf(fact.type), partition: 0, offset }
  return { ...published(fact as Fact, { source: '/bench', now }), at } as Recorded<T>
}

/** A mount that nobody looks into. */
export const mount = {
  name: 'src',
  manifest: { key: 'src.json', size: 3, sha256: '0'.repeat(64) },
  files: 1,
  bytes: 3,
}

/** Models of all priorities; one in four needs a GPU, one in eight shares one, one in ten needs four CPUs. */
export const jobs = (count: number): readonly Recorded<'ModelQueued'>[] =>
  Array.from({ length: count }, (_, index) => {
    const runId = deterministicId('run', index)
    const isShared = index % 8 === 0
    const data = {
      ...{
        runId,
        jobId: deterministicId('job', index),
        model: 0,
        name: 'model',
        attempt: 1,
        spec: '{}',
        inputs: [mount],
      },
      ...{ priority: index % 6, gpus: index % 4 === 0 ? 1 : 0, flowName: 'flow', timeoutMs: 1000 },
      ...{ cpus: index % 10 === 0 ? 4 : 1, memory: 2 ** 31, gpuMemory: isShared ? 2 ** 33 : 0 },
      ...{ labels: index % 16 === 1 ? ['fast'] : [], notBefore: null },
    }
    return recorded({ type: 'ModelQueued', stream: runId, data })
  })

/** Workers of eight slots; every second one has two GPUs, every fourth one is labelled. */
export const workers = (count: number): readonly Recorded<'WorkerJoined'>[] =>
  Array.from({ length: count }, (_, index) => {
    const workerId = `worker-${index}`
    const gpus = index % 2 === 0 ? ['0', '1'] : []
    const data = {
      ...{ workerId, host: workerId, slots: 8, cpus: 8, memory: 2 ** 36, gpus },
      ...{ gpuMemory: gpus.map(() => 24 * 2 ** 30), labels: index % 4 === 0 ? ['fast'] : [] },
      ...{ leaseMs: 30_000, sentAt: 0 },
    }
    return recorded({ type: 'WorkerJoined', stream: workerId, data })
  })

/** Prints one line of figures. */
export const report = (
  name: string,
  { events, decisions, ms }: { readonly events: number; readonly decisions: number; readonly ms: number },
): void => {
  const rate = (count: number): string => Math.round((count / ms) * 1000).toLocaleString('en')
  process.stdout.write(
    `${name}: ${Math.round(ms)} ms, ${rate(events)} events/s, ${decisions} decisions, ${rate(decisions)} decisions/s\n`,
  )
}

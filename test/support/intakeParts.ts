import { createHash } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { pino } from 'pino'
import { RadDeployError } from '../../core/error/error.ts'
import { type EventType, type Fact, type Recorded } from '../../core/event/event.ts'
import { type Emit } from '../../infra/kafka/emitter.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'
import { type IntakeParts } from '../../producers/intake/store.ts'
import { recorded } from './events.ts'

const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** What a way in stands on, in memory: an object store that takes streams, and a log. Both can be away. */
export const intakeParts = () => {
  const objects = new Map<string, Buffer>()
  const said: Fact[] = []
  const away = { store: false, log: false }
  const uploads = { now: 0, most: 0, finishMs: 0 }
  const open = (key: string, tailFrom: number) => {
    uploads.now += 1
    uploads.most = Math.max(uploads.most, uploads.now)
    const stream = new PassThrough()
    const chunks: Buffer[] = []
    stream.on('data', (bytes: Buffer) => chunks.push(bytes))
    stream.on('error', () => undefined)
    return {
      stream,
      finish: async () => {
        await new Promise((resolve) => setTimeout(resolve, uploads.finishMs))
        uploads.now -= 1
        if (away.store) throw new RadDeployError('RD_S3_UNAVAILABLE', 'the store is away')
        await new Promise((resolve) => stream.end(() => setImmediate(resolve)))
        const bytes = Buffer.concat(chunks)
        objects.set(key, bytes)
        return { key, size: bytes.length, sha256: sha256Of(bytes) }
      },
      abort: () => Promise.resolve(void stream.destroy()),
      tailSha256: () => sha256Of(Buffer.concat(chunks).subarray(tailFrom)),
    }
  }
  const once = new Map<EventType, () => Promise<void>>()
  const emit: Emit = async (fact): Promise<Recorded> => {
    const act = once.get(fact.type)
    once.delete(fact.type)
    await act?.()
    if (away.log) throw new RadDeployError('RD_KAFKA_UNAVAILABLE', 'the log is away')
    said.push(fact)
    return recorded(fact)
  }
  const store = { open, ensureBucket: () => Promise.resolve() } as unknown as ObjectStore
  const parts: IntakeParts = {
    store,
    emit,
    pseudonymKey: Buffer.alloc(32),
    logger: pino({ level: 'silent' }),
  }
  const of = <T extends EventType>(type: T): Fact<T>[] =>
    said.filter((fact) => fact.type === type) as unknown as Fact<T>[]
  /** Does something before the next fact of a type is said. */
  const before = (type: EventType, act: () => Promise<void>): void => void once.set(type, act)
  return { parts, objects, said, away, of, before, uploads }
}

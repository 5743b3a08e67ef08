/**
 * Stops intake before a disk or the bucket is full, and lets it go on by itself when there is room.
 * Writes SpaceRanLow, IntakePaused and IntakeResumed.
 */
import { statfs } from 'node:fs/promises'
import pRetry from 'p-retry'
import { type Logger } from 'pino'
import { RadDeployError, messageOf } from '../../core/error/error.ts'
import { type Fact, type Meta } from '../../core/event/event.ts'
import { type Emit } from '../../infra/kafka/emitter.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'
import { BucketUse } from './bucketUse.ts'
import { type SpaceConfig } from './spaceConfig.ts'
import { type Level, type Reading, type Saying, judge } from './watermark.ts'

/** Where a place stands, for people. */
export interface Place extends Reading {
  readonly level: Level
}
/** What the intake asks before it takes an instance. */
export interface Space {
  /** Why nothing is taken now; undefined where there is room. */
  refusal(): RadDeployError | undefined
  /** So many bytes were stored. */
  took(bytes: number): void
  places(): readonly Place[]
  stop(): Promise<void>
}
export interface SpaceParts {
  /** Name of the SCP instance, by which events call us. */
  readonly scp: string
  readonly emit: Emit
  readonly store: ObjectStore
  readonly logger: Logger
  /** Told after each look. */
  readonly looked?: (places: readonly Place[]) => void
}

/** Looks at every place once before it resolves, and then again and again until it is stopped. */
export const watchSpace = async (config: SpaceConfig, parts: SpaceParts): Promise<Space> => {
  const places = new Map<string, Place>()
  const stopped = new AbortController()
  const bucket =
    config.bucketBytes === undefined
      ? undefined
      : new BucketUse(parts.store, config.bucketBytes, parts.logger)
  /** What was said last is the cause of what is said next: two that say the same are two events. */
  let last: Meta | undefined
  let saying: Promise<void> = Promise.resolve()

  const say = (fact: Fact): void => {
    const emitted = async (): Promise<void> => {
      last = (await parts.emit(fact, last)).meta
    }
    saying = saying.then(() => pRetry(emitted, { ...forEver, signal: stopped.signal })).catch(() => undefined)
  }
  const seen = (reading: Reading): void => {
    const { level, sayings } = judge(places.get(reading.place)?.level ?? 'enough', reading, config)
    places.set(reading.place, { ...reading, level })
    for (const one of sayings) {
      alert(parts.logger, one, reading)
      say(factOf(one, reading, parts.scp))
    }
  }
  const look = async (): Promise<void> => {
    for (const folder of config.folders)
      await readFolder(folder).then(seen, (error: unknown) =>
        parts.logger.error({ folder, error: messageOf(error) }, 'it cannot be seen how much room is left'),
      )
    const used = bucket?.reading()
    if (used) seen(used)
    parts.looked?.([...places.values()])
  }
  await look()
  let looking: Promise<void> = Promise.resolve()
  const unseen = (error: unknown): void =>
    parts.logger.error({ error: messageOf(error) }, 'it could not be looked how much room is left')
  const timer = setInterval(() => {
    looking = looking.then(look).catch(unseen)
  }, config.checkSeconds * 1000)
  timer.unref()
  return {
    refusal: () =>
      [...places.values()].some(({ level }) => level === 'full')
        ? new RadDeployError('RD_INTAKE_PAUSED', 'the store is nearly full; send again later')
        : undefined,
    took: (bytes) => bucket?.took(bytes),
    places: () => [...places.values()],
    stop: async () => {
      clearInterval(timer)
      bucket?.stop()
      stopped.abort()
      await looking
      await saying
    },
  }
}

/** What is free to us on the disk of a folder. */
export const readFolder = async (folder: string): Promise<Reading> => {
  const { bavail, blocks, bsize } = await statfs(folder)
  return { place: folder, freeBytes: bavail * bsize, totalBytes: blocks * bsize }
}

const factOf = (saying: Saying, reading: Reading, scp: string): Fact<Saying['type']> =>
  saying.type === 'IntakeResumed'
    ? { type: saying.type, stream: scp, data: { scp, ...reading } }
    : { type: saying.type, stream: scp, data: { scp, ...reading, watermarkBytes: saying.watermarkBytes } }

const alert = (logger: Logger, { type }: Saying, reading: Reading): void => {
  if (type === 'IntakePaused') logger.error(reading, 'there is no more room: every instance is refused')
  else if (type === 'SpaceRanLow') logger.error(reading, 'room runs low')
  else logger.warn(reading, 'there is room again: instances are taken')
}

const forEver = { retries: Number.POSITIVE_INFINITY, minTimeout: 1000, maxTimeout: 30_000 }

import { setTimeout as sleep } from 'node:timers/promises'
import { type ContainerInspectInfo } from 'dockerode'
import { messageOf } from '../../../core/error/error.ts'
import { type Recorded } from '../../../core/event/event.ts'
import { nonceOf } from '../../../core/run/modelLog.ts'
import { within } from '../../../infra/deadline/within.ts'
import { key } from '../../../infra/s3/key.ts'
import { type Context } from './context.ts'
import { LiveChunks } from './liveChunks.ts'
import { textOf } from './logs.ts'
import { OtherBeginning, after, gathered } from './pieces.ts'

/** A part is put when it has so many bytes, or when its time has come. */
const chunkBytes = 256 * 1024

/** Pauses in milliseconds. */
export interface Pace {
  /** From one part to the next. A container that runs for less than the shortest has none. */
  readonly shortestMs: number
  readonly longestMs: number
  /** After failures, at most. */
  readonly failedMs: number
}
const usualPace: Pace = { shortestMs: 1000, longestMs: 10_000, failedMs: 30_000 }

/** After so many parts the pause is doubled: a log of many hours is to have thousands of them, not tens. */
const partsOfAPace = 300
/** How long an ended attempt waits until its parts are removed; that itself goes on. */
const removalMs = 5000

/** What a container prints, in the object store while it runs. */
export interface LiveLog {
  /** The container has ended: what it printed last is still put, and then no more is read. */
  end(): void
  /** Ends at once, and removes all parts as well as it can. To be called once the whole log can be found. */
  remove(): Promise<void>
}

/**
 * Puts what a container prints into the object store part by part while it runs, as `key.liveLog` names them,
 * until it ends or the signal of the context is aborted. A process that comes later goes on where the parts
 * end. Nothing it does fails or delays the model: what cannot be put is put later, or comes with the whole log.
 */
export const liveLog = (
  { data }: Recorded<'ModelAssigned'>,
  { Id, State }: ContainerInspectInfo,
  { docker, store, config, logger, signal }: Context,
  pace = usualPace,
): LiveLog => {
  const { runId, jobId, attempt } = data
  const container = docker.getContainer(Id)
  const chunks = new LiveChunks(store, {
    keyOf: (number) => key.liveLog(runId, jobId, attempt, nonceOf(Id), number),
    limit: config.logBytes,
    mayExist: State.Status !== 'created',
  })
  const over = new AbortController()
  const given = new AbortController()
  const stop = AbortSignal.any([signal, given.signal])
  const resting = AbortSignal.any([stop, over.signal])

  /** Reads the log from its beginning, puts what the parts do not hold yet, and ends when the engine ends it. */
  const pass = async (): Promise<void> => {
    await chunks.look()
    if (chunks.isClosed) return
    const begin = await chunks.begin()
    const text = await textOf(container, stop)
    try {
      const unknown = after(text, chunks.bytes, begin)
      const pauseMs = (): number => pauseAfter(chunks.count, pace)
      for await (const piece of gathered(unknown, { bytes: chunkBytes, pauseMs })) {
        // it ended before anybody could look: the whole log comes at once
        if (chunks.count === 0 && text.readableEnded) return
        stop.throwIfAborted()
        await chunks.put(piece)
        if (chunks.isClosed) return
      }
    } catch (error) {
      if (!(error instanceof OtherBeginning)) throw error
      // so much was printed that the engine threw the beginning away: where we were is not known any more
      await chunks.close()
    } finally {
      text.destroy()
    }
  }

  const capture = async (): Promise<void> => {
    let failures = 0
    while (!chunks.isClosed) {
      const pauseMs = Math.min(pace.failedMs, pace.shortestMs * 2 ** failures)
      await sleep(pauseMs, undefined, { signal: resting })
      try {
        await pass()
        failures = 0
      } catch (error) {
        stop.throwIfAborted()
        // the engine ends the log of a container that is silent for long
        const level = failures === 0 ? 'debug' : 'warn'
        logger[level]({ error: messageOf(error) }, 'the log is not shown while the model runs; trying again')
        failures += 1
      }
    }
  }
  // what is thrown here is how it was stopped
  const captured = capture().catch(() => undefined)

  return {
    end: () => over.abort(),
    remove: async () => {
      given.abort()
      try {
        const removed = captured.then(() => chunks.remove())
        await within(removed, removalMs, () => new Error('the object store takes its time'))
      } catch (error) {
        logger.warn({ error: messageOf(error) }, 'parts of the log may be left in the object store')
      }
    },
  }
}

/** The pause after so many parts, in milliseconds. */
export const pauseAfter = (parts: number, { shortestMs, longestMs } = usualPace): number =>
  Math.min(longestMs, shortestMs * 2 ** Math.floor(parts / partsOfAPace))

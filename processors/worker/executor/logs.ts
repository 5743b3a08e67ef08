import { PassThrough, type Readable, addAbortSignal } from 'node:stream'
import type Docker from 'dockerode'
import { beginningLeftOut } from '../../../core/run/modelLog.ts'
import { type ObjectRef } from '../../../schemas/generated/shared.ts'
import { type Context } from './context.ts'
import { whileMoving } from './silence.ts'

/** A model's log in the object store: whole, and its last lines. */
export interface StoredLog {
  readonly log: ObjectRef
  readonly tail: ObjectRef
}

/**
 * Stores what an ended container wrote to stdout and stderr, each line with its time. Of a log that is too
 * long the end is kept, and its first line says so. It may hold patient data: it goes nowhere else.
 */
export const storeLog = async (
  container: Docker.Container,
  keyOf: (part: 'log' | 'tail') => string,
  { store, config, signal }: Context,
): Promise<StoredLog> => {
  const log = await whileMoving(config.stallMs, signal, (moved, until) =>
    readLog(container, config.logBytes, until, moved),
  )
  return {
    log: await store.put(keyOf('log'), log),
    tail: await store.put(keyOf('tail'), lastLines(log, config.logTailLines)),
  }
}

const readLog = async (
  container: Docker.Container,
  limit: number,
  abortSignal: AbortSignal,
  moved: () => void,
): Promise<Buffer> => {
  const text = await textOf(container, abortSignal)
  let kept: Buffer[] = []
  let size = 0
  let cut = false
  for await (const chunk of text as AsyncIterable<Buffer>) {
    moved()
    kept.push(chunk)
    size += chunk.length
    if (size <= 2 * limit) continue
    kept = [Buffer.concat(kept).subarray(-limit)]
    size = limit
    cut = true
  }
  const all = Buffer.concat(kept)
  return all.length <= limit && !cut ? all : lastBytes(all, limit)
}

/**
 * What a container writes to stdout and stderr, each line with its time, from the beginning until it ends or the
 * signal is aborted. It holds no more than its reader takes.
 */
export const textOf = async (container: Docker.Container, abortSignal: AbortSignal): Promise<Readable> => {
  const shown = { stdout: true, stderr: true, timestamps: true } as const
  const frames = (await container.logs({ ...shown, follow: true, abortSignal })) as Readable
  addAbortSignal(abortSignal, frames)
  const text = new PassThrough({ highWaterMark: 1024 * 1024 })
  container.modem.demuxStream(frames, text, text)
  frames.on('data', () => {
    if (!text.writableNeedDrain) return
    frames.pause()
    text.once('drain', () => frames.resume())
  })
  frames.on('error', (error) => text.destroy(error))
  frames.on('end', () => text.end())
  text.on('close', () => frames.destroy())
  return text
}

/** The end of a log, from the beginning of a line on, below a line that says what happened. */
export const lastBytes = (log: Buffer, limit: number): Buffer => {
  const end = log.subarray(-limit)
  const line = end.indexOf(0x0a)
  return Buffer.concat([Buffer.from(beginningLeftOut), end.subarray(line + 1)])
}

/** The last lines of a log. */
export const lastLines = (log: Buffer, count: number): Buffer => {
  let at = log.length > 0 && log[log.length - 1] === 0x0a ? log.length - 1 : log.length
  for (let line = 0; line < count; line += 1) {
    if (at <= 0) return log
    at = log.lastIndexOf(0x0a, at - 1)
    if (at < 0) return log
  }
  return log.subarray(at + 1)
}

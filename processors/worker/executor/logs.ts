import { PassThrough, type Readable, addAbortSignal } from 'node:stream'
import type Docker from 'dockerode'
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
  const shown = { stdout: true, stderr: true, timestamps: true } as const
  const frames = await container.logs({ ...shown, follow: true, abortSignal })
  addAbortSignal(abortSignal, frames as Readable)
  const text = new PassThrough({ highWaterMark: 1024 * 1024 })
  container.modem.demuxStream(frames, text, text)
  frames.on('error', (error) => text.destroy(error))
  frames.on('end', () => text.end())
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

/** The end of a log, from the beginning of a line on, below a line that says what happened. */
export const lastBytes = (log: Buffer, limit: number): Buffer => {
  const end = log.subarray(-limit)
  const line = end.indexOf(0x0a)
  return Buffer.concat([Buffer.from('[the beginning was left out]\n'), end.subarray(line + 1)])
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

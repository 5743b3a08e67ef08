import { type Readable } from 'node:stream'
import { Dicer } from '@fastify/busboy'
import { within } from '../../infra/deadline/within.ts'
import { drained } from '../../infra/stream/drained.ts'

/** A request whose body cannot be taken to its end: how that ends its association, and the status it is answered with. */
export class BrokenRequest extends Error {
  readonly how: 'aborted' | 'lost'
  readonly status: 400 | 408 | 413

  constructor(how: 'aborted' | 'lost', status: 400 | 408 | 413, message: string) {
    super(message)
    this.how = how
    this.status = status
  }
}

/** One part of a body; its bytes end with an error where the body breaks off. */
export interface Part {
  readonly contentType: string | undefined
  readonly bytes: AsyncIterable<Buffer>
}

/** What a body must keep to. */
export interface BodyTerms {
  readonly idleMs: number
  readonly maxBytes: number | undefined
  readonly maxParts: number
}

/** Parts that are read and wait to be taken; beyond that no more is read. */
const mostWaiting = 8
const headerLimits = { maxHeaderPairs: 32, maxHeaderSize: 8192 }

/**
 * The parts of a multipart body, one after the other, while it comes: nothing is read before it can be taken. Ends
 * with a BrokenRequest where the body is no multipart, breaks off, or does not keep to the terms.
 */
export async function* partsOf(
  body: Readable,
  boundary: string,
  terms: BodyTerms,
): AsyncGenerator<Part, void> {
  const dicer = new Dicer({ boundary, ...headerLimits })
  const unfinished = new Set<Dicer.PartStream>()
  const waiting: Part[] = []
  let [begun, named] = [0, 0]
  let failure: unknown
  let isOver = false
  let notify: () => void = () => undefined
  // One waits for the other, never both: for a part, or for room.
  const change = (): Promise<void> => new Promise((resolve) => (notify = resolve))

  dicer.on('part', (part) => {
    begun += 1
    unfinished.add(part)
    part.on('error', () => undefined)
    part.once('end', () => unfinished.delete(part))
    part.once('header', (header) => {
      named += 1
      const { 'content-type': [contentType] = [] } = header as Readonly<Record<string, readonly string[]>>
      waiting.push({ contentType, bytes: bytesOf(part) })
      notify()
    })
  })
  async function* bytesOf(part: Readable): AsyncGenerator<Buffer, void> {
    try {
      yield* part as AsyncIterable<Buffer>
    } catch (error) {
      // Why the body broke off says more than that the part did.
      await fed
      throw failure ?? error
    }
  }
  const ended = new Promise<void>((resolve, reject) => {
    dicer.once('finish', resolve)
    dicer.on('error', () => reject(broken('the body ends before its last boundary')))
  })
  ended.catch(() => undefined)

  const feed = async (): Promise<void> => {
    let size = 0
    for await (const bytes of arriving(body, terms.idleMs)) {
      size += bytes.length
      if (size > (terms.maxBytes ?? Number.POSITIVE_INFINITY)) throw tooLarge(`${terms.maxBytes} bytes`)
      if (!dicer.write(bytes)) await drained(dicer)
      if (begun > terms.maxParts) throw tooLarge(`${terms.maxParts} instances`)
      while (waiting.length > mostWaiting && !isOver) await change()
      if (isOver) return
    }
    dicer.end()
    await ended
    if (named < begun) throw broken('a part has no header')
    if (begun === 0) throw broken('the body has no part')
  }
  const end = (error?: unknown): void => {
    isOver = true
    failure ??= error
    if (error !== undefined) for (const part of unfinished) part.destroy(error as Error)
    notify()
  }
  const fed = feed().then(() => end(), end)

  try {
    for (;;) {
      while (waiting.length === 0 && !isOver) await change()
      const part = failure === undefined ? waiting.shift() : undefined
      if (!part) break
      notify()
      yield part
    }
    if (failure !== undefined) throw failure
  } finally {
    end()
    dicer.destroy()
    for (const part of unfinished) part.destroy()
  }
}

/** The bytes of a request as they come. The stream is left as it is where they are not read to their end. */
async function* arriving(body: Readable, idleMs: number): AsyncGenerator<Buffer, void> {
  const bytes = body.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
  for (;;) {
    const next = bytes.next().catch(() => {
      throw new BrokenRequest('lost', 400, 'the connection was lost')
    })
    const { done, value } = await within(next, idleMs, () => new BrokenRequest('lost', 408, silence(idleMs)))
    if (done) return
    yield value
  }
}

const silence = (ms: number): string => `the client was silent for ${ms / 1000} s`
const broken = (why: string): BrokenRequest => new BrokenRequest('aborted', 400, why)
const tooLarge = (most: string): BrokenRequest =>
  new BrokenRequest('aborted', 413, `a request may have ${most} at most`)

import { buffer } from 'node:stream/consumers'
import { isRadDeployError } from '../../../core/error/error.ts'
import { beginningLeftOut, nonceOf, restComesLater } from '../../../core/run/modelLog.ts'
import { key } from '../../../infra/s3/key.ts'
import { type ObjectStore } from '../../../infra/s3/store.ts'
import { type ModelRow } from '../../../projections/overview/rows.ts'

/** What of an attempt says where its log lies, and whether it has ended. */
export type Attempt = Pick<ModelRow, 'runId' | 'jobId' | 'attempt' | 'containerId' | 'logKey' | 'endedAt'>

/** Between what was shown of a log and what was kept of it. */
export const linesLeftOut = '[lines were left out here]'

/**
 * The whole log of an attempt; undefined where there is none (yet). It may be there though no event names it: of
 * what was cancelled or counted as lost just then.
 */
export const wholeLog = async (attempt: Attempt, store: ObjectStore): Promise<Buffer | undefined> => {
  const { runId, jobId, containerId, logKey } = attempt
  if (logKey !== null) return buffer(await store.get(logKey))
  if (containerId === null) return undefined
  return found(key.log(runId, jobId, attempt.attempt, nonceOf(containerId), 'log'), store)
}

const found = async (name: string, store: ObjectStore): Promise<Buffer | undefined> => {
  try {
    return await buffer(await store.get(name))
  } catch (error) {
    if (isRadDeployError(error, 'RD_NOT_FOUND')) return undefined
    throw error
  }
}

const newline = 0x0a
const none = Buffer.alloc(0)

/**
 * The log of one attempt as lines: first from the parts that are there while its container runs, and the rest
 * from the whole log once it has ended. No line comes twice; where lines are missing a line says so.
 */
export class AttemptLog {
  readonly #store: ObjectStore
  /** The part that is read next. */
  #next = 1
  /** Bytes of the log that were read. */
  #bytes = 0
  /** The last line that was given, with its end. */
  #last = none
  /** A line that has not ended. */
  #open = none
  #areMorePartsToCome = true
  #isDone = false

  constructor(store: ObjectStore) {
    this.#store = store
  }

  /** The lines that came since it was asked last; of an ended attempt all that are left. */
  async *lines(attempt: Attempt): AsyncGenerator<string> {
    if (this.#isDone) return
    const hasEnded = attempt.endedAt !== null
    const whole = hasEnded ? await wholeLog(attempt, this.#store) : undefined
    if (whole) yield* this.#restOf(whole)
    else yield* this.#parts(attempt)
    if (hasEnded) yield* this.end()
  }

  /** What stands in a line that has not ended; nothing comes after it. */
  *end(): Generator<string> {
    yield* this.#break()
    this.#isDone = true
    this.#last = none
  }

  async *#parts({ runId, jobId, attempt, containerId }: Attempt): AsyncGenerator<string> {
    while (containerId !== null && this.#areMorePartsToCome) {
      const name = key.liveLog(runId, jobId, attempt, nonceOf(containerId), this.#next)
      // a part that is gone comes with the whole log
      const part = await found(name, this.#store)
      if (!part) return
      this.#next += 1
      if (part.equals(Buffer.from(restComesLater))) {
        this.#areMorePartsToCome = false
        yield* this.#break()
        yield restComesLater.trimEnd()
      } else yield* this.#take(part)
    }
  }

  *#restOf(whole: Buffer): Generator<string> {
    if (this.#bytes === 0) return yield* this.#take(whole)
    const isCut = whole.subarray(0, beginningLeftOut.length).equals(Buffer.from(beginningLeftOut))
    if (!isCut) return yield* this.#take(whole.subarray(this.#bytes))
    // how much was cut off nobody knows; but a line, with its time, is there once
    const at = this.#last.length > 0 ? whole.indexOf(this.#last) : -1
    if (at >= 0) {
      this.#open = none
      return yield* this.#take(whole.subarray(at + this.#last.length))
    }
    yield* this.#break()
    yield linesLeftOut
    yield* this.#take(whole.subarray(beginningLeftOut.length))
  }

  *#take(bytes: Buffer): Generator<string> {
    this.#bytes += bytes.length
    const all = Buffer.concat([this.#open, bytes])
    let from = 0
    for (let end = all.indexOf(newline); end >= 0; end = all.indexOf(newline, from)) {
      this.#last = all.subarray(from, end + 1)
      from = end + 1
      yield all.toString('utf8', from - this.#last.length, end)
    }
    this.#open = all.subarray(from)
  }

  *#break(): Generator<string> {
    if (this.#open.length > 0) yield this.#open.toString('utf8')
    this.#open = none
  }
}

import { type Logger } from 'pino'
import pRetry, { AbortError } from 'p-retry'
import { messageOf } from '../../core/error/error.ts'
import { type Fact, type Meta } from '../../core/event/event.ts'
import { type Pending } from './partition.ts'
import { type AnyProcessor } from './processor.ts'

/** Why an effect is aborted that the log calls for no more: whatever it has begun is to be undone. */
export class NotWanted extends Error {
  constructor() {
    super('the log calls for this effect no more')
  }
}

/** What effects stand on: how their facts are published, what the tables say, how many may run at once. */
export interface EffectParts {
  readonly processor: AnyProcessor
  readonly logger: Logger
  readonly known: () => unknown
  readonly publish: (facts: readonly Fact[], cause: Meta, signal: AbortSignal) => Promise<unknown>
  readonly slots: Slots
}

/** Counts what runs at once in one instance of a processor, whichever partition it belongs to. */
export class Slots {
  #free: number

  constructor(count: number) {
    this.#free = count
  }

  take(): boolean {
    if (this.#free === 0) return false
    this.#free -= 1
    return true
  }

  give(): void {
    this.#free += 1
  }
}

/** The effects of one unit: each is begun once while it is pending, and aborted when it is not any more. */
export class Effects {
  readonly #parts: EffectParts
  readonly #stopped: AbortSignal
  /** By key; those that have ended, too, until the log shows what they said. */
  readonly #begun = new Map<string, AbortController>()

  constructor(parts: EffectParts, stopped: AbortSignal) {
    this.#parts = parts
    this.#stopped = stopped
  }

  /** Begins what waits and ends what is not listed. */
  match(pending: readonly Pending[]): void {
    const wanted = new Set(pending.map(({ effect }) => effect.key))
    for (const [key, control] of this.#begun)
      if (!wanted.has(key)) {
        this.#begun.delete(key)
        control.abort(new NotWanted())
      }
    for (const one of pending) {
      const { key } = one.effect
      if (this.#begun.has(key)) continue
      if (!this.#parts.slots.take()) return
      const control = new AbortController()
      this.#begun.set(key, control)
      void this.#run(one, AbortSignal.any([this.#stopped, control.signal])).finally(() =>
        this.#parts.slots.give(),
      )
    }
  }

  async #run({ effect, state }: Pending, signal: AbortSignal): Promise<void> {
    const { processor, logger, known, publish } = this.#parts
    const attempt = async (): Promise<void> => {
      for await (const fact of processor.run!(effect, { state, known: known(), signal })) {
        if (signal.aborted) throw new AbortError('aborted')
        const facts = Array.isArray(fact) ? (fact as readonly Fact[]) : [fact as Fact]
        await publish(facts, effect.cause.meta, signal)
      }
    }
    await pRetry(() => attempt().catch(retried), {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 500,
      maxTimeout: 30_000,
      signal,
      onFailedAttempt: ({ error }) => {
        if (!signal.aborted)
          logger.error({ error: messageOf(error), effect: effect.key }, 'effect failed; trying again')
      },
    }).catch((error: unknown) => {
      if (!signal.aborted) logger.error({ error: messageOf(error), effect: effect.key }, 'effect ended')
    })
  }
}

/** p-retry takes a TypeError for a mistake that no repetition mends; an effect is repeated whatever it threw. */
const retried = (error: unknown): never => {
  throw error instanceof TypeError ? new Error(messageOf(error), { cause: error }) : error
}

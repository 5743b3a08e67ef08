import { type Logger } from 'pino'
import { type ErrorCode } from '../../core/error/codes.ts'
import { isRadDeployError, messageOf } from '../../core/error/error.ts'
import { type Effect } from '../../core/decider/decider.ts'
import { type Fact, type Meta } from '../../core/event/event.ts'
import { deadLetter } from '../../infra/kafka/deadLetters.ts'
import { type Pending } from './partition.ts'
import { type AnyProcessor } from './processor.ts'
import { type Slots } from './slots.ts'

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

/** Pauses before an effect is begun again, in milliseconds: doubled after each failure. */
const pause = { first: 500, longest: 30_000 }

/** Failures that waiting does not mend; somebody has to look. */
const lasting: readonly ErrorCode[] = [
  'RD_S3_CORRUPT',
  'RD_S3_CONFLICT',
  'RD_NOT_FOUND',
  'RD_EVENT_TOO_LARGE',
]

interface Begun {
  readonly control: AbortController
  runs: boolean
  failures: number
  /** When it is to begin again, in milliseconds since the epoch; undefined where it said all it had to say. */
  againAt: number | undefined
  isPutAside: boolean
}

/**
 * The effects of one unit: each runs while it is pending, and is aborted when it is not any more. One that
 * failed, or that ended without a word, begins again after a pause, in which it takes no slot from others.
 */
export class Effects {
  readonly #parts: EffectParts
  readonly #stopped: AbortSignal
  /** By key; those that have said what they had to say, too, until the log shows it. */
  readonly #begun = new Map<string, Begun>()
  /** Those that wait for a slot. */
  readonly #waiting = new Map<string, Effect>()

  constructor(parts: EffectParts, stopped: AbortSignal) {
    this.#parts = parts
    this.#stopped = stopped
    stopped.addEventListener('abort', () => this.#waitOnlyFor(new Set()))
  }

  /** Begins what waits, unless it is held, and ends what is not listed. `now` is in milliseconds since the epoch. */
  match(pending: readonly Pending[], now: number): void {
    const wanted = new Set(pending.map(({ effect }) => effect.key))
    for (const [key, { control }] of this.#begun)
      if (!wanted.has(key)) {
        this.#begun.delete(key)
        control.abort(new NotWanted())
      }
    const ready = pending.filter(({ effect }) => !effect.held && this.#mayBegin(effect.key, now))
    this.#waitOnlyFor(new Set(ready.map(({ effect }) => effect.key)))
    for (const one of ready) {
      const { effect } = one
      this.#waiting.set(effect.key, effect)
      if (!this.#parts.slots.take(effect)) continue
      this.#waiting.delete(effect.key)
      const begun = this.#begun.get(effect.key) ?? fresh()
      this.#begun.set(effect.key, begun)
      void this.#run(one, begun)
    }
  }

  #mayBegin(key: string, now: number): boolean {
    const begun = this.#begun.get(key)
    return !begun || (!begun.runs && begun.againAt !== undefined && begun.againAt <= now)
  }

  /** Gives up the place in the queue of what is called for no more: whoever stands behind it is next. */
  #waitOnlyFor(wanted: ReadonlySet<string>): void {
    for (const [key, effect] of this.#waiting)
      if (!wanted.has(key)) {
        this.#waiting.delete(key)
        this.#parts.slots.leave(effect)
      }
  }

  async #run({ effect, state }: Pending, begun: Begun): Promise<void> {
    const signal = AbortSignal.any([this.#stopped, begun.control.signal])
    begun.runs = true
    try {
      const said = await this.#publishAll(effect, state, signal)
      begun.failures = 0
      begun.againAt = said ? undefined : Date.now() + pause.first
    } catch (error) {
      if (signal.aborted) return
      const { logger } = this.#parts
      logger.error({ error: messageOf(error), effect: effect.key }, 'effect failed; it will be tried again')
      begun.againAt = Date.now() + Math.min(pause.longest, pause.first * 2 ** begun.failures)
      begun.failures += 1
      await this.#putAside(effect, error, begun, signal)
    } finally {
      begun.runs = false
      this.#parts.slots.give(effect)
    }
  }

  async #publishAll(effect: Effect, state: unknown, signal: AbortSignal): Promise<boolean> {
    const { processor, known, publish } = this.#parts
    let said = false
    for await (const fact of processor.run!(effect, { state, known: known(), signal })) {
      signal.throwIfAborted()
      await publish(
        Array.isArray(fact) ? (fact as readonly Fact[]) : [fact as Fact],
        effect.cause.meta,
        signal,
      )
      said = true
    }
    return said
  }

  /** Says once that an effect cannot go on; it is still tried, rarely, for somebody may mend what it needs. */
  async #putAside(effect: Effect, error: unknown, begun: Begun, signal: AbortSignal): Promise<void> {
    if (begun.isPutAside || !isRadDeployError(error) || !lasting.includes(error.code)) return
    begun.isPutAside = true
    const { processor, publish } = this.#parts
    const aside = deadLetter.decision(effect.cause, processor.name, error)
    await publish([aside], effect.cause.meta, signal).catch(() => (begun.isPutAside = false))
  }
}

const fresh = (): Begun => ({
  control: new AbortController(),
  runs: false,
  failures: 0,
  againAt: undefined,
  isPutAside: false,
})

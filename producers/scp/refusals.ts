import { randomUUID } from 'node:crypto'
import { type Logger } from 'pino'
import { messageOf } from '../../core/error/error.ts'
import { type Fact } from '../../core/event/event.ts'
import { type Rejection } from '../../infra/dimse/handler.ts'
import { type Security } from '../../infra/dimse/security.ts'
import { type Emit } from '../../infra/kafka/emitter.ts'
import { Quota } from '../intake/quota.ts'
import { type Caller } from './callers.ts'

/** An association that was refused. */
export interface Refused {
  readonly caller: Caller
  readonly called: string
  readonly rejection: Rejection
  readonly why: string
  readonly security: Security | null
}

/**
 * Puts refusals on the log, beside the refusing itself: that neither waits for Kafka nor fails by it. Of one host
 * only so many a minute; of the others only the log file knows.
 */
export class Refusals {
  readonly #scp: string
  readonly #emit: Emit
  readonly #logger: Logger
  readonly #quota: Quota
  readonly #saying = new Set<Promise<void>>()

  constructor(scp: string, parts: { readonly emit: Emit; readonly logger: Logger }, quota = new Quota()) {
    this.#scp = scp
    this.#emit = parts.emit
    this.#logger = parts.logger
    this.#quota = quota
  }

  /** Says that one was refused. */
  say({ caller, called, rejection, why, security }: Refused): void {
    this.#logger.warn(
      { calling: caller.aeTitle, called, host: caller.host, ...rejection },
      `association refused: ${why}`,
    )
    if (!this.#quota.take(caller.host)) return
    const fact: Fact<'AssociationRefused'> = {
      type: 'AssociationRefused',
      stream: this.#scp,
      data: {
        refusalId: randomUUID(),
        calling: caller,
        calledAeTitle: called,
        scp: this.#scp,
        via: 'dimse',
        result: rejection.result,
        source: rejection.source,
        diagnostic: rejection.reason,
        reason: why,
        tls: security?.protocol ?? null,
      },
    }
    const saying = this.#emit(fact).then(
      () => undefined,
      (error: unknown) =>
        this.#logger.error({ error: messageOf(error) }, 'a refusal could not be put on the log'),
    )
    this.#saying.add(saying)
    void saying.finally(() => this.#saying.delete(saying))
  }

  /** Resolves when all that was said is on the log, or could not be put there. */
  async settled(): Promise<void> {
    await Promise.all(this.#saying)
  }
}

import { randomUUID } from 'node:crypto'
import { type Logger } from 'pino'
import { messageOf } from '../../core/error/error.ts'
import { type Fact } from '../../core/event/event.ts'
import { type Emit } from '../../infra/kafka/emitter.ts'
import { type Peer } from '../../schemas/generated/shared.ts'
import { Quota } from '../intake/quota.ts'

/** A request that was refused as a whole. */
export interface RefusedRequest {
  readonly calling: Peer
  readonly status: number
  readonly why: string
  readonly tls: string | null
}

/** Puts refusals on the log, beside the refusing itself: that neither waits for Kafka nor fails by it. */
export class Refusals {
  readonly #by: { readonly scp: string; readonly calledAeTitle: string }
  readonly #parts: { readonly emit: Emit; readonly logger: Logger }
  readonly #quota = new Quota()
  readonly #saying = new Set<Promise<void>>()

  constructor(
    by: { readonly scp: string; readonly calledAeTitle: string },
    parts: { readonly emit: Emit; readonly logger: Logger },
  ) {
    this.#by = by
    this.#parts = parts
  }

  /** Says that one was refused. */
  say({ calling, status, why, tls }: RefusedRequest): void {
    const { emit, logger } = this.#parts
    logger.warn({ calling: calling.aeTitle, host: calling.host, status }, `request refused: ${why}`)
    if (!this.#quota.take(calling.host)) return
    const fact: Fact<'AssociationRefused'> = {
      type: 'AssociationRefused',
      stream: this.#by.scp,
      data: {
        refusalId: randomUUID(),
        calling,
        ...this.#by,
        via: 'stow-rs',
        result: 0,
        source: 0,
        diagnostic: status,
        reason: why,
        tls,
      },
    }
    const saying = emit(fact).then(
      () => undefined,
      (error: unknown) => logger.error({ error: messageOf(error) }, 'a refusal could not be put on the log'),
    )
    this.#saying.add(saying)
    void saying.finally(() => this.#saying.delete(saying))
  }

  /** Resolves when all that was said is on the log, or could not be put there. */
  async settled(): Promise<void> {
    await Promise.all(this.#saying)
  }
}

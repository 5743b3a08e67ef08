import { type Fact, type Meta, type Recorded } from '../../core/event/event.ts'
import { published } from '../../core/event/publish.ts'
import { type Publisher } from './publisher.ts'

/**
 * Publishes one fact from outside, with what led to it where that is on the log, or else what it belongs to;
 * resolves when acknowledged.
 */
export type Emit = (fact: Fact, cause?: Meta, correlationId?: string) => Promise<Recorded>

/** An Emit for a producer; `source` names the program instance, e.g. `/raddeploy/scp/host-1`. */
export const emitter =
  (publisher: Publisher, source: string): Emit =>
  async (fact, cause, correlationId) => {
    const now = new Date().toISOString()
    const [recorded] = await publisher.publish([
      published(fact, {
        source,
        now,
        ...(cause ? { cause } : {}),
        ...(correlationId ? { correlationId } : {}),
      }),
    ])
    return recorded!
  }

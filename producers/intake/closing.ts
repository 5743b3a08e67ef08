import pRetry from 'p-retry'
import { type Fact, type Meta } from '../../core/event/event.ts'
import { type Emit } from '../../infra/kafka/emitter.ts'
import { type AssociationClosed } from '../../schemas/generated/arrivals.ts'

const forEver = { retries: Number.POSITIVE_INFINITY, minTimeout: 1000, maxTimeout: 30_000 }

/** Says it until it is said, or until `stopped`. */
const insist = (say: () => Promise<void>, stopped: AbortSignal): void =>
  void pRetry(say, { ...forEver, signal: stopped }).catch(() => undefined)

/**
 * Says how an association ended; `onSaid` hears when that is on the log. Where it cannot be said now, this rejects, and
 * it is said until it is: what the association brought would wait for that for ever.
 */
export const closeAssociation = async (
  emit: Emit,
  data: AssociationClosed,
  { opened, stopped, onSaid }: { opened?: Meta | undefined; stopped: AbortSignal; onSaid?: () => void },
): Promise<void> => {
  const say = async (): Promise<void> => {
    await emit({ type: 'AssociationClosed', stream: data.associationId, data }, opened)
    onSaid?.()
  }
  try {
    await say()
  } catch (error) {
    insist(say, stopped)
    throw error
  }
}

/**
 * An association whose opening was not acknowledged in time may be on the log all the same, and would be open there
 * for ever: it is said again that it was opened, which is one event, and that nothing came of it.
 */
export const closeUnopened = (emit: Emit, fact: Fact<'AssociationOpened'>, stopped: AbortSignal): void => {
  const { stream } = fact
  const reason = 'it was refused, since Kafka did not acknowledge in time that it was opened'
  const nothing = { stored: 0, refused: 0, durationMs: 0 }
  insist(async () => {
    const { meta } = await emit(fact)
    const data = { associationId: stream, how: 'aborted' as const, reason, ...nothing }
    await emit({ type: 'AssociationClosed', stream, data }, meta)
  }, stopped)
}

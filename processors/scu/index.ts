/**
 * The SCU: sends results to their destinations until every instance is acknowledged.
 * Reads deliveries; writes DeliveryAttempted with the status of each instance, then DeliveryFinished, or
 * DeliveryFailed when it gave up. Between attempts it waits for a timer, which is an event, too.
 */
import { type Fact } from '../../core/event/event.ts'
import { type Processor } from '../runtime/processor.ts'
import { type Backoff, defaultBackoff } from './backoff.ts'
import { decide, nextAttemptAt } from './decide.ts'
import { evolve } from './evolve.ts'
import { type Delivery, type ScuIn, type ScuOut, attemptsOf, noDelivery } from './state.ts'

/** Makes one attempt at a delivery and says what came of it. */
export type Attempt = (delivery: Delivery, signal: AbortSignal) => Promise<Fact<'DeliveryAttempted'>>

export const scu = ({
  attempt,
  backoff = defaultBackoff,
}: {
  readonly attempt: Attempt
  readonly backoff?: Backoff
}): Processor<Delivery, ScuIn, ScuOut> => ({
  name: 'scu',
  reads: ['DeliveryQueued', 'DeliveryAttempted', 'DeliveryFinished', 'DeliveryFailed', 'TimerFired'],
  writes: ['DeliveryAttempted', 'DeliveryFinished', 'DeliveryFailed'],
  scope: 'stream',
  decider: {
    initial: noDelivery,
    evolve: (state, event) => evolve(state, event as Parameters<typeof evolve>[1]),
    decide: decide(backoff),
    wakeAt: nextAttemptAt(backoff),
    pending: (state) => {
      const { queued, ended, allowed } = state
      if (!queued || ended || allowed <= attemptsOf(state)) return []
      return [{ key: `${queued.stream}/${attemptsOf(state) + 1}`, cause: state.last ?? queued }]
    },
    isOpen: ({ queued, ended }) => queued !== undefined && !ended,
  },
  run: async function* (_, { state, signal }) {
    yield await attempt(state, signal)
  },
})

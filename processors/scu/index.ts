/**
 * The SCU: sends results to their destinations until every instance is acknowledged.
 * Reads deliveries, and commands about them; writes DeliveryAttempted with the status of each instance, then
 * DeliveryFinished, or DeliveryFailed when it gave up, and what a command comes to: DeliveryReopened,
 * DeliveryRedirected or DeliveryDropped. Between attempts it waits for a timer, which is an event, too, or for the
 * destination's report that it has committed itself, which the SCP hears. Which destinations are paused it knows from a
 * table: nothing is begun for them.
 */
import { laneOf, nameOf } from '../../core/delivery/destination.ts'
import { type Fact } from '../../core/event/event.ts'
import { type Effect } from '../../core/decider/decider.ts'
import { type Processor } from '../runtime/processor.ts'
import { type Backoff, defaultBackoff } from './backoff.ts'
import { decide, isDue, nextAttemptAt } from './decide.ts'
import { evolve } from './evolve.ts'
import { type Pauses, evolvePauses, isPaused } from './pauses.ts'
import { type Delivery, type ScuIn, type ScuOut, attemptsOf, noDelivery } from './state.ts'

/** Makes one attempt at a delivery and says what came of it. */
export type Attempt = (delivery: Delivery, signal: AbortSignal) => Promise<Fact<'DeliveryAttempted'>>

export const scu = ({
  attempt,
  backoff = defaultBackoff,
}: {
  readonly attempt: Attempt
  readonly backoff?: Backoff
}): Processor<Delivery, ScuIn, ScuOut, Pauses> => ({
  name: 'scu',
  reads: [
    'DeliveryQueued',
    'DeliveryAttempted',
    'CommitmentReported',
    'DeliveryFinished',
    'DeliveryFailed',
    'DeliveryReopened',
    'DeliveryRedirected',
    'DeliveryDropped',
    'RetryRequested',
    'RedirectRequested',
    'DropRequested',
    'TimerFired',
  ],
  writes: [
    'DeliveryAttempted',
    'DeliveryFinished',
    'DeliveryFailed',
    'DeliveryReopened',
    'DeliveryRedirected',
    'DeliveryDropped',
  ],
  scope: 'stream',
  tables: { reads: ['DestinationPaused', 'DestinationResumed'], initial: new Map(), evolve: evolvePauses },
  decider: {
    initial: noDelivery,
    evolve: (state, event) => evolve(state, event as Parameters<typeof evolve>[1]),
    decide: decide(backoff),
    wakeAt: nextAttemptAt(backoff),
    pending: attemptDue(backoff),
    isOpen: ({ queued, ended }) => queued !== undefined && ended === undefined,
  },
  run: async function* (_, { state, signal }) {
    yield await attempt(state, signal)
  },
})

/** The attempt that is due; a redirection gives it another key, so that one under way to the old place is broken off. */
const attemptDue =
  (backoff: Backoff) =>
  (state: Delivery, pauses: Pauses): readonly Effect<ScuIn>[] => {
    const { queued, opened, last, ended, redirected } = state
    if (!queued || !opened || ended || !isDue(backoff, state)) return []
    const name = nameOf(queued.data.destination)
    const key = `${queued.data.deliveryId}/${attemptsOf(state) + 1}${redirected ? ` to ${name}` : ''}`
    const cause = last && last.data.attempt > state.openedAfter ? last : opened
    const lane = laneOf(queued.data.destination)
    return [{ key, cause, lane, ...(isPaused(pauses, name) ? { held: true } : {}) }]
  }

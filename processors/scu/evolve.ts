import { nameOf } from '../../core/delivery/destination.ts'
import { placeOf, transactionOf } from '../../core/delivery/transaction.ts'
import { type DeliveryEvent, progressed } from '../../core/delivery/progress.ts'
import { type Recorded } from '../../core/event/event.ts'
import { type Delivery, type ScuIn, attemptsOf, isComplete, progressOf } from './state.ts'

/**
 * Attempts count in their order, each once; a timer says that the time of the next has come. What is finished stays so;
 * a failure or a drop holds until the delivery is opened again. Commands change nothing here: only what the SCU
 * answers does.
 */
export const evolve = (state: Delivery, event: Recorded<ScuIn>): Delivery => {
  switch (event.type) {
    case 'DeliveryQueued':
      return state.queued ? state : { ...withProgress(state, event), opened: event }
    case 'DeliveryAttempted':
      return state.queued && event.data.attempt === attemptsOf(state) + 1 ? attempted(state, event) : state
    case 'CommitmentReported':
      return reported(state, event)
    case 'TimerFired':
      return { ...state, passed: Math.max(state.passed, event.data.dueAt) }
    case 'DeliveryReopened':
    case 'DeliveryRedirected':
      return state.ended === 'finished' ? state : opened(state, event)
    case 'DeliveryFinished':
      return { ...state, ended: 'finished' }
    case 'DeliveryDropped':
      return state.ended === 'finished' ? state : { ...state, ended: 'dropped' }
    case 'DeliveryFailed':
      // Whoever gave up had not seen yet that it was opened again.
      return state.ended !== undefined || event.data.attempts <= state.openedAfter
        ? state
        : { ...state, ended: 'failed' }
    case 'RetryRequested':
    case 'RedirectRequested':
    case 'DropRequested':
      return state
  }
}

/** One that was under way to another place counts, too, and leaves the next one due. */
const attempted = (state: Delivery, event: Recorded<'DeliveryAttempted'>): Delivery => {
  const { attempt, destination } = event.data
  const isElsewhere =
    destination !== null && state.queued && destination !== nameOf(state.queued.data.destination)
  const next = { ...withProgress(state, event), last: event }
  const isUnheard = state.reports.length > event.data.reports && !isComplete(next)
  return isElsewhere || isUnheard ? { ...next, allowed: attempt + 1 } : next
}

/**
 * What is reported is taken up by the next attempt, which is due at once unless one is under way. What another place
 * says, from where the delivery was redirected, does not count.
 */
const reported = (state: Delivery, { data }: Recorded<'CommitmentReported'>): Delivery => {
  const { queued, last, ended } = state
  if (!queued || ended) return state
  if (transactionOf(data.transactionUid)?.place !== placeOf(nameOf(queued.data.destination))) return state
  const { attempt, report } = data
  const next = { ...state, reports: [...state.reports, { attempt, report }] }
  return last && !isComplete(state) ? { ...next, allowed: attemptsOf(state) + 1 } : next
}

/** It is due at once. A restart may begin with this event: it says itself what there is to know. */
const opened = (state: Delivery, event: Recorded<'DeliveryReopened' | 'DeliveryRedirected'>): Delivery => {
  const next = {
    ...withProgress(state, event),
    opened: event,
    openedAfter: event.data.delivery?.attempts ?? attemptsOf(state),
    redirected: state.redirected || event.type === 'DeliveryRedirected',
    reports: [],
    ended: undefined,
  }
  return { ...next, allowed: attemptsOf(next) + 1 }
}

const withProgress = (state: Delivery, event: Recorded<DeliveryEvent>): Delivery => {
  const progress = progressed(progressOf(state), event)
  if (!progress) return state
  const { attempts: _, results, ...what } = progress
  return { ...state, queued: { data: { deliveryId: event.data.deliveryId, ...what } }, results }
}

import { type Recorded } from '../../core/event/event.ts'
import { type Delivery, type ScuIn, attemptsOf } from './state.ts'

/** Attempts count in their order, each once; a timer allows the next. */
export const evolve = (state: Delivery, event: Recorded<ScuIn>): Delivery => {
  switch (event.type) {
    case 'DeliveryQueued':
      return state.queued ? state : { ...state, queued: event }
    case 'DeliveryAttempted':
      return event.data.attempt === attemptsOf(state) + 1
        ? { ...state, last: event, results: event.data.results ?? state.results }
        : state
    case 'TimerFired':
      return { ...state, allowed: attemptsOf(state) + 1 }
    case 'DeliveryFinished':
    case 'DeliveryFailed':
      return { ...state, ended: true }
  }
}

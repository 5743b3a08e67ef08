import { type Recorded } from '../../core/event/event.ts'
import { type Considered } from './state.ts'

/** Of two matches of one bundle by one flow the first holds; of a match and an unmatch, too. */
export const evolve = (
  state: Considered,
  event: Recorded<'BundleClosed' | 'TriggerMatched' | 'BundleUnmatched'>,
): Considered => {
  switch (event.type) {
    case 'BundleClosed':
      return state.closed ? state : { ...state, closed: event }
    case 'TriggerMatched': {
      const { flowName } = event.data
      if (state.matched.has(flowName) || (state.considered && state.matched.size === 0)) return state
      return { ...state, considered: true, matched: new Map(state.matched).set(flowName, event.meta.id) }
    }
    case 'BundleUnmatched':
      return { ...state, considered: true }
  }
}

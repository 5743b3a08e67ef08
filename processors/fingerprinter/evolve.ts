import { type Recorded } from '../../core/event/event.ts'
import { type Considered } from './state.ts'

export type FingerprinterIn = 'BundleClosed' | 'TriggerMatched' | 'BundleGathered' | 'BundleUnmatched'

/** Of two facts by which one flow takes files of one bundle the first holds; of a match and an unmatch, too. */
export const evolve = (state: Considered, event: Recorded<FingerprinterIn>): Considered => {
  switch (event.type) {
    case 'BundleClosed':
      return state.closed ? state : { ...state, closed: event }
    case 'TriggerMatched':
    case 'BundleGathered': {
      const { flowName } = event.data
      if (state.taken.has(flowName) || (state.considered && state.taken.size === 0)) return state
      return { ...state, considered: true, taken: new Map(state.taken).set(flowName, event.meta.id) }
    }
    case 'BundleUnmatched':
      return { ...state, considered: true }
  }
}

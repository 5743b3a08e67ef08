import { type Recorded } from '../../core/event/event.ts'
import { bundleIdOf } from './decide.ts'
import { type Gathered, type GathererIn } from './state.ts'

/**
 * Parts wait until a bundle names them. What came while that bundle was made is not in it and begins the next
 * one: which parts it has is said by the bundle alone, as timers stand on another topic, in no order with parts.
 * Of two bundles of the same collection the first holds.
 */
export const evolve = (state: Gathered, event: Recorded<GathererIn>): Gathered => {
  switch (event.type) {
    case 'InstancesGathered':
      return state.parts.some(({ data }) => data.bundleId === event.data.bundleId)
        ? state
        : { ...state, parts: [...state.parts, event] }
    case 'TimerFired':
      return { ...state, passed: Math.max(state.passed, event.data.dueAt) }
    case 'BundleClosed': {
      const { bundleId, gathering } = event.data
      if (gathering === null || bundleId !== bundleIdOf(state)) return state
      const taken = new Set(gathering.bundleIds)
      return { ...state, parts: state.parts.filter(({ data }) => !taken.has(data.bundleId)) }
    }
  }
}

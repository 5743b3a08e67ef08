import { type Recorded } from '../../core/event/event.ts'
import { type Assignments, type WorkerIn, attemptKey } from './state.ts'

/** How many ended attempts are remembered: a late repetition is hours late, not weeks. */
const remembered = 10_000

/** Of two assignments of one attempt the first on the log holds, and none after its outcome, which ends it. */
export const evolve = (state: Assignments, event: Recorded<WorkerIn>): Assignments => {
  const key = attemptKey(event.data)
  switch (event.type) {
    case 'ModelAssigned':
      return state.open.has(key) || state.ended.includes(key)
        ? state
        : { ...state, open: new Map(state.open).set(key, event) }
    case 'ModelFinished':
    case 'ModelFailed': {
      const open = new Map(state.open)
      open.delete(key)
      return { open, ended: [...state.ended.slice(1 - remembered), key] }
    }
  }
}

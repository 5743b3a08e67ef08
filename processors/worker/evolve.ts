import { type Recorded } from '../../core/event/event.ts'
import { type Assignments, type WorkerIn, attemptKey } from './state.ts'

/** Of two assignments of one attempt the first on the log holds; its outcome ends it. */
export const evolve = (state: Assignments, event: Recorded<WorkerIn>): Assignments => {
  const key = attemptKey(event.data)
  switch (event.type) {
    case 'ModelAssigned':
      return state.open.has(key) ? state : { open: new Map(state.open).set(key, event) }
    case 'ModelFinished':
    case 'ModelFailed': {
      if (!state.open.has(key)) return state
      const open = new Map(state.open)
      open.delete(key)
      return { open }
    }
  }
}

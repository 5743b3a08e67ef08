import { type Recorded } from '../../core/event/event.ts'
import { attemptKey } from '../../core/run/attempt.ts'
import { type Assignments, type WorkerIn } from './state.ts'

/** How many ended attempts are remembered: a late repetition is hours late, not weeks. */
const remembered = 10_000

/**
 * Of two assignments of one attempt the first on the log holds, and none after its outcome, which ends it, or after
 * its run was cancelled.
 */
export const evolve = (state: Assignments, event: Recorded<WorkerIn>): Assignments => {
  switch (event.type) {
    case 'ModelAssigned': {
      const key = attemptKey(event.data)
      const isOver = state.ended.includes(key) || state.ended.includes(event.data.runId)
      return state.open.has(key) || isOver ? state : { ...state, open: new Map(state.open).set(key, event) }
    }
    case 'ModelFinished':
    case 'ModelFailed': {
      const ended = attemptKey(event.data)
      return without(state, (key) => key === ended, ended)
    }
    case 'RunFinished':
    case 'RunFailed':
      // what runs goes on to its end; what is assigned behind the end of its run never starts
      return without(state, () => false, event.data.runId)
    case 'RunCancelled': {
      const { runId } = event.data
      return without(state, (_, assigned) => assigned.data.runId === runId, runId)
    }
  }
}

const without = (
  { open, ended }: Assignments,
  gone: (key: string, assigned: Recorded<'ModelAssigned'>) => boolean,
  ending: string,
): Assignments => ({
  open: new Map([...open].filter(([key, assigned]) => !gone(key, assigned))),
  ended: [...ended.slice(1 - remembered), ending],
})

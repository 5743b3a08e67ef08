/**
 * How fast the dispatcher decides, its pure code alone: `node --import tsx bench/dispatcher.ts`.
 * 10,000 models wait for 100 workers; each time one ends the next is placed, until all are done.
 */
import { type Fact, type Recorded } from '../core/event/event.ts'
import { dispatcher } from '../processors/dispatcher/index.ts'
import { jobs, recorded, report, workers } from './dispatcher/load.ts'

const { decider } = dispatcher()
let floor = decider.initial
let events = 0
let decisions = 0
/** Attempts that run, in the order in which they were assigned. */
const running: Fact<'ModelAssigned'>[] = []

const take = (event: Recorded): void => {
  floor = decider.evolve(floor, event as Parameters<typeof decider.evolve>[1])
  events += 1
  const facts = decider.decide(floor, event as Parameters<typeof decider.decide>[1], undefined)
  decisions += facts.length
  for (const fact of facts) if (fact.type === 'ModelAssigned') running.push(fact as Fact<'ModelAssigned'>)
}

const timed = (name: string, work: () => void): void => {
  const [eventsBefore, decisionsBefore, began] = [events, decisions, performance.now()]
  work()
  report(name, {
    events: events - eventsBefore,
    decisions: decisions - decisionsBefore,
    ms: performance.now() - began,
  })
}

timed('queueing 10,000 models', () => jobs(10_000).forEach(take))
timed('100 workers join', () => workers(100).forEach(take))
timed('running all to their end', () => {
  for (let next = running.shift(); next; next = running.shift()) {
    take(recorded(next))
    const { runId, jobId, attempt, workerId } = next.data
    take(
      recorded({
        type: 'ModelFinished',
        stream: runId,
        data: {
          ...{ runId, jobId, attempt, workerId, exitCode: 0, durationMs: 1, outputs: [], log: null },
          ...{ stepHash: null, reusedFrom: null },
        },
      }),
    )
  }
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Recorded } from '../../../../core/event/event.ts'
import { bundleClosed } from '../../../../processors/gatherer/decide.ts'
import { gatherer } from '../../../../processors/gatherer/index.ts'
import { type Gathered, type GathererIn } from '../../../../processors/gatherer/state.ts'
import { an, object, recorded } from '../../../support/events.ts'
import { memoryStore } from '../../../support/memoryStore.ts'

const { decider } = gatherer({ store: memoryStore().store })
const start = Date.parse('2026-01-01T00:00:00.000Z')

/** A gatherer that has read so much of the log, and not more. */
class Reader {
  read = 0
  state: Gathered = decider.initial
  next(log: readonly Recorded[], count: number): void {
    for (const event of log.slice(this.read, this.read + count)) {
      this.state = decider.evolve(this.state, event as Recorded<GathererIn>)
      this.read += 1
    }
  }
  isPending(): boolean {
    return decider.pending!(this.state, undefined).length > 0
  }
  bundle(): Recorded {
    return recorded(bundleClosed(this.state, object('merged'), this.state.parts.length))
  }
}

type Step =
  | { do: 'part'; met: number }
  | { do: 'wait'; seconds: number }
  | { do: 'read'; who: 0 | 1; count: number }
  | { do: 'close'; who: 0 | 1 }
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('part' as const), met: fc.nat(1) }),
  fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(1, 40, 1000) }),
  fc.record({ do: fc.constant('read' as const), who: fc.constantFrom(0, 1), count: fc.nat(4) }),
  fc.record({ do: fc.constant('close' as const), who: fc.constantFrom(0, 1) }),
)

test('two gatherers at once, of which one sees less: every part is in exactly one bundle that holds', () =>
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const log: Recorded[] = []
      const readers = [new Reader(), new Reader()] as const
      const came = new Set<string>()
      let now = start
      /** Time passes: whoever waits for a moment that is past says so. */
      const fire = (): void => {
        for (const { state } of readers) {
          const dueAt = decider.wakeAt!(state)
          if (dueAt !== undefined && dueAt <= now)
            log.push(an.timerFired({ processor: 'gatherer', stream: 'gathering-1', dueAt }))
        }
      }
      for (const one of steps) {
        if (one.do === 'part') {
          const bundleId = `association-${came.size}`
          came.add(bundleId)
          log.push(
            an.instancesGathered({ bundleId, triggersMet: [one.met] }, { time: new Date(now).toISOString() }),
          )
        } else if (one.do === 'wait') {
          now += one.seconds * 1000
          fire()
        } else if (one.do === 'read') readers[one.who].next(log, one.count)
        else if (readers[one.who].isPending()) log.push(readers[one.who].bundle())
      }
      // All is read and all time has passed: what waits is closed.
      for (let turn = 0; turn < came.size + 2; turn += 1) {
        now += 10_000_000
        readers[0].next(log, log.length)
        fire()
        readers[0].next(log, log.length)
        if (readers[0].isPending()) log.push(readers[0].bundle())
      }
      const holding = new Map<string, readonly string[]>()
      for (const { type, data } of log)
        if (type === 'BundleClosed' && !holding.has(data.bundleId))
          holding.set(data.bundleId, data.gathering!.bundleIds)
      expect([...holding.values()].flat().sort()).toEqual([...came].sort())
      expect(decider.isOpen(readers[0].state, 'gathering-1')).toBe(false)
    }),
    { numRuns: 300 },
  ))

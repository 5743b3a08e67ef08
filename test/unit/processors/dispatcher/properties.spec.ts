import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Fact, type Recorded } from '../../../../core/event/event.ts'
import { attemptKey } from '../../../../core/run/attempt.ts'
import { dispatcher } from '../../../../processors/dispatcher/index.ts'
import { type DispatcherIn } from '../../../../processors/dispatcher/state.ts'
import { type Events } from '../../../../schemas/generated/events.ts'
import { an, recorded } from '../../../support/events.ts'
import { placeOf } from '../../../../projections/runtime/positions.ts'
import { Ward } from './ward.ts'

const { decider } = dispatcher()
const epoch = Date.UTC(2026, 0, 1)
const GiB = 1024 ** 3

/** What three workers offer. */
const crew: readonly Partial<Events['WorkerJoined']>[] = [
  { workerId: 'plain', slots: 2, cpus: 2, memory: 8 * GiB },
  { workerId: 'gpus', slots: 4, cpus: 4, memory: 16 * GiB, gpus: ['0', '1'], gpuMemory: [8 * GiB, 24 * GiB] },
  { workerId: 'pet', slots: 3, cpus: 8, memory: 0, gpus: ['0'], gpuMemory: [0], labels: ['pet'] },
]

const needs = fc.record({
  cpus: fc.constantFrom(0.5, 1, 1, 2, 8),
  memory: fc.constantFrom(0, 0, 4 * GiB, 16 * GiB),
  gpus: fc.constantFrom(0, 0, 1, 2),
  gpuMemory: fc.constantFrom(0, 4 * GiB, 16 * GiB),
  labels: fc.constantFrom<readonly string[]>([], [], ['pet']),
  priority: fc.integer({ min: 0, max: 5 }),
  pauseSeconds: fc.constantFrom(0, 0, 0, 20),
})
const step = fc.oneof(
  { weight: 6, arbitrary: needs.map((one) => ({ do: 'queue', ...one }) as const) },
  { weight: 4, arbitrary: fc.nat(9).map((which) => ({ do: 'finish', which }) as const) },
  { weight: 2, arbitrary: fc.nat(9).map((which) => ({ do: 'fail', which }) as const) },
  { weight: 1, arbitrary: fc.nat(9).map((which) => ({ do: 'cancel', which }) as const) },
  { weight: 3, arbitrary: fc.nat(2).map((which) => ({ do: 'join', which }) as const) },
  { weight: 2, arbitrary: fc.nat(2).map((which) => ({ do: 'beat', which }) as const) },
  { weight: 1, arbitrary: fc.nat(2).map((which) => ({ do: 'leave', which }) as const) },
  { weight: 1, arbitrary: fc.nat(2).map((which) => ({ do: 'drain', which }) as const) },
  { weight: 1, arbitrary: fc.nat(2).map((which) => ({ do: 'resume', which }) as const) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(1, 5, 15, 3600).map((seconds) => ({ do: 'wait', seconds }) as const),
  },
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 5 }).map((count) => ({ do: 'settle', count }) as const) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** One dispatcher, and the log on which what it says comes later. */
class World {
  readonly ward = new Ward()
  floor = decider.initial
  #now = epoch
  #jobs = 0
  readonly #said: Fact[] = []
  readonly #log: Recorded[] = []

  do(one: Step): void {
    const workerId = 'which' in one ? crew[one.which % crew.length]!.workerId! : ''
    const at = { time: new Date((this.#now += 10)).toISOString() }
    const running = this.ward.running()
    const attempt = 'which' in one ? running[one.which % Math.max(running.length, 1)] : undefined
    switch (one.do) {
      case 'queue': {
        const { pauseSeconds, ...rest } = one
        const id = String((this.#jobs += 1))
        const notBefore = pauseSeconds === 0 ? null : this.#now + pauseSeconds * 1000
        return this.#take(an.modelQueued({ ...rest, runId: `run ${id}`, jobId: `job ${id}`, notBefore }, at))
      }
      case 'finish':
        return attempt && this.#take(an.modelFinished(ids(attempt), at))
      case 'fail': {
        if (!attempt) return
        this.#take(an.modelFailed({ ...ids(attempt), kind: 'engine' }, at))
        return this.#take(an.modelQueued({ ...ids(attempt), attempt: attempt.attempt + 1 }, at))
      }
      case 'cancel':
        return attempt && this.#take(an.runCancelled({ runId: attempt.runId }, at))
      case 'join':
        return this.#take(an.workerJoined({ ...crew[one.which]!, sentAt: this.#now }, at))
      case 'beat':
        return this.#take(an.workerHeartbeat({ ...crew[one.which]!, sentAt: this.#now }, at))
      case 'leave':
        return this.#take(an.workerLeft({ workerId, sentAt: this.#now }, at))
      case 'drain':
        return this.#take(an.workerDrained({ workerId }, at))
      case 'resume':
        return this.#take(an.workerResumed({ workerId }, at))
      case 'wait':
        return this.wait(one.seconds)
      case 'settle':
        return this.settle(one.count)
    }
  }

  /** Lets time pass; each moment that the dispatcher waits for comes. */
  wait(seconds: number, hasTakenOver = false): void {
    const until = this.#now + seconds * 1000
    for (;;) {
      const dueAt = decider.wakeAt!(this.floor)
      if (dueAt === undefined || dueAt > until) break
      this.#now = Math.max(this.#now, dueAt)
      // timers fire only where all that is on the log was read
      this.settle()
      this.#take(an.timerFired({ dueAt }, { time: new Date(this.#now).toISOString() }))
      // what whoever takes over has planned while it read is thought over within ten seconds
      // (a timer that is late tells of its own moment only; the next one follows at once)
      if (!hasTakenOver) this.ward.idlesNowhere(dueAt)
    }
    this.#now = until
    if (!hasTakenOver) this.ward.idlesNowhere(until)
  }

  /** What was said comes on the log. */
  settle(count = Infinity): void {
    for (const fact of this.#said.splice(0, count))
      this.#take(recorded(fact, { time: new Date(this.#now).toISOString() }))
  }

  /** Another instance takes over: it reads the log partition by partition, in any order of these. */
  restart(chance: () => number): void {
    this.settle()
    this.ward.forgetPlans()
    const rest = new Map<string, Recorded[]>()
    for (const event of this.#log)
      rest.set(placeOf(event.at), [...(rest.get(placeOf(event.at)) ?? []), event])
    this.floor = decider.initial
    while (rest.size > 0) {
      const [place, events] = [...rest][chance() % rest.size]!
      this.floor = decider.evolve(this.floor, events.shift()! as Recorded<DispatcherIn>)
      if (events.length === 0) rest.delete(place)
    }
  }

  check(): void {
    this.ward.idlesNowhere(this.floor.time)
  }

  #take(event: Recorded): void {
    this.#log.push(event)
    this.ward.take(event)
    this.floor = decider.evolve(this.floor, event as Recorded<DispatcherIn>)
    for (const fact of decider.decide(this.floor, event as Recorded<DispatcherIn>, undefined)) {
      this.ward.hear(fact)
      this.#said.push(fact)
    }
  }
}

const ids = ({ runId, jobId, attempt, workerId }: Events['ModelAssigned']) => ({
  ...{ runId, jobId, attempt, workerId },
})

describe('whatever comes, in whatever order', () => {
  test('no attempt is given away twice, nothing is overbooked, nothing idles, nothing waits in silence', () =>
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const world = new World()
        world.do({ do: 'join', which: 0 })
        for (const one of steps) {
          world.do(one)
          world.check()
        }
        world.settle()
        world.wait(61)
        world.settle()
        world.ward.saidAll(world.floor.time)
      }),
      { numRuns: 250 },
    ))

  test('all that fits some worker ends, once workers stay and models finish', () =>
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const world = new World()
        steps.forEach((one) => world.do(one))
        for (const which of [0, 1, 2]) {
          world.do({ do: 'join', which })
          world.do({ do: 'resume', which })
        }
        for (let round = 0; round < 60; round += 1) {
          world.do({ do: 'finish', which: 0 })
          world.do({ do: 'wait', seconds: 1 })
          for (const which of [0, 1, 2]) world.do({ do: 'beat', which })
          world.settle()
        }
        world.wait(3)
        world.settle()
        world.ward.saidAll(world.floor.time)
        expect(world.ward.running()).toEqual([])
      }),
      { numRuns: 100 },
    ))
})

test('an instance that takes over gives nothing away that the log has given, and lets nothing idle for long', () =>
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40 }),
      fc.infiniteStream(fc.nat(1000)),
      fc.array(step, { maxLength: 10 }),
      (before, chance, after) => {
        const world = new World()
        world.do({ do: 'join', which: 1 })
        before.forEach((one) => world.do(one))
        world.restart(() => chance.next().value as number)
        for (const one of after) if (one.do !== 'wait') world.do(one)
        for (const which of [0, 1, 2]) world.do({ do: 'beat', which })
        world.wait(12, true)
        world.settle()
        world.check()
      },
    ),
    { numRuns: 200 },
  ))

test('two dispatchers at once agree: of two assignments of an attempt the first on the log holds', () =>
  fc.assert(
    fc.property(
      fc.array(needs, { minLength: 1, maxLength: 12 }),
      fc.infiniteStream(fc.nat(3)),
      (jobs, chance) => {
        const log: Recorded[] = crew.map((offer) => an.workerJoined({ ...offer, leaseMs: 1e9 }))
        jobs.forEach((one, index) => {
          const { pauseSeconds: _, ...rest } = one
          log.push(an.modelQueued({ ...rest, runId: `run ${index}`, jobId: `job ${index}` }))
        })
        const two = [0, 1].map(() => ({ floor: decider.initial, next: 0, said: [] as Fact[] }))
        const isDone = (): boolean => two.every(({ next, said }) => next === log.length && said.length === 0)
        for (let turn = 0; !isDone() && turn < 5000; turn += 1) {
          const choice = chance.next().value as number
          const one = two[choice % 2]!
          if (choice < 2 && one.next < log.length) {
            const event = log[one.next++]! as Recorded<DispatcherIn>
            one.floor = decider.evolve(one.floor, event)
            one.said.push(...decider.decide(one.floor, event, undefined))
          } else {
            const fact = one.said.shift()
            if (fact) log.push(recorded(fact))
          }
        }
        expect(isDone()).toBe(true)
        const holding = new Map<string, Events['ModelAssigned']>()
        for (const { type, data } of log)
          if (type === 'ModelAssigned' && !holding.has(attemptKey(data))) holding.set(attemptKey(data), data)
        for (const { floor } of two)
          for (const { queued, place } of floor.placed.values())
            expect(place).toEqual({
              workerId: holding.get(attemptKey(queued.data))!.workerId,
              slot: holding.get(attemptKey(queued.data))!.slot,
              gpus: holding.get(attemptKey(queued.data))!.gpus,
            })
      },
    ),
    { numRuns: 100 },
  ))

import { expect } from 'vitest'
import { type Fact, type Recorded } from '../../../../core/event/event.ts'
import { attemptKey } from '../../../../core/run/attempt.ts'
import { type Events } from '../../../../schemas/generated/events.ts'

type Offer = Events['WorkerHeartbeat']
type Queued = Events['ModelQueued']
interface Running {
  readonly queued: Queued
  readonly at: Events['ModelAssigned']
  /** True once it is on the log; until then the dispatcher may think again. */
  readonly holds: boolean
}

/** What is true of the imagined workers by the log alone, told apart from what the dispatcher believes. */
export class Ward {
  readonly #queued = new Map<string, Queued>()
  readonly #running = new Map<string, Running>()
  readonly #over = new Set<string>()
  readonly #offers = new Map<string, Offer>()
  readonly #heardAt = new Map<string, number>()
  readonly #drained = new Set<string>()
  readonly #said = new Set<string>()

  /** What the log now has. */
  take({ type, data, meta }: Recorded): void {
    if (type === 'ModelQueued') this.#queued.set(attemptKey(data), data)
    if (type === 'ModelAssigned') this.#hold(data)
    if (type === 'ModelFinished' || type === 'ModelFailed') this.#end(attemptKey(data))
    if (type === 'RunCancelled')
      for (const [key, { runId }] of this.#queued) if (runId === data.runId) this.#end(key)
    if (type === 'WorkerJoined' || type === 'WorkerHeartbeat') {
      this.#offers.set(data.workerId, data)
      this.#heardAt.set(data.workerId, Date.parse(meta.time))
    }
    if (type === 'WorkerLeft') this.#offers.delete(data.workerId)
    if (type === 'WorkerDrained') this.#drained.add(data.workerId)
    if (type === 'WorkerResumed') this.#drained.delete(data.workerId)
    if (type !== 'TimerFired') return
    for (const [id, offer] of this.#offers)
      if (this.#heardAt.get(id)! + offer.leaseMs <= data.dueAt) this.#offers.delete(id)
  }

  /** What the dispatcher says: it must be possible, and no attempt may be given away twice. */
  hear(fact: Fact): void {
    if (fact.type === 'ModelUnplaceable') this.#said.add(attemptKey(fact.data))
    if (fact.type !== 'ModelAssigned') return
    const key = attemptKey(fact.data)
    const before = this.#running.get(key)
    expect(before?.holds ?? false, `${key} holds elsewhere`).toBe(false)
    expect(this.#over.has(key), `${key} is over`).toBe(false)
    this.#running.set(key, { queued: this.#queued.get(key)!, at: fact.data, holds: false })
    // of a worker that has just gone whoever takes over may not know yet
    if (this.#offers.has(fact.data.workerId)) this.#possible(fact.data.workerId)
  }

  /** No slot idles while a job that fits it waits. */
  idlesNowhere(now: number): void {
    for (const [key, queued] of this.#waiting(now))
      for (const id of this.#open())
        expect(this.#fits(id, queued, this.#runningOn(id)), `${key} fits ${id}, which idles`).toBe(false)
  }

  /** Whatever no worker could take was said to be so. */
  saidAll(now: number): void {
    for (const [key, queued] of this.#waiting(now))
      if (!this.#open().some((id) => this.#fits(id, queued, []))) expect(this.#said).toContain(key)
  }

  /** What workers run. */
  running(): readonly Events['ModelAssigned'][] {
    return [...this.#running.values()].flatMap(({ at, holds }) => (holds ? [at] : []))
  }

  /** What was said and is not on the log is forgotten with whoever said it. */
  forgetPlans(): void {
    for (const [key, { holds }] of this.#running) if (!holds) this.#running.delete(key)
  }

  #hold(at: Events['ModelAssigned']): void {
    const key = attemptKey(at)
    const before = this.#running.get(key)
    if (before && !before.holds) this.#running.set(key, { ...before, at, holds: true })
  }

  #end(key: string): void {
    this.#over.add(key)
    this.#running.delete(key)
  }

  #open(): readonly string[] {
    return [...this.#offers.keys()].filter((id) => !this.#drained.has(id))
  }

  #waiting(now: number): readonly (readonly [string, Queued])[] {
    return [...this.#queued].filter(
      ([key, { notBefore }]) => !this.#over.has(key) && !this.#running.has(key) && (notBefore ?? 0) <= now,
    )
  }

  #runningOn(id: string): readonly Running[] {
    return [...this.#running.values()].filter(({ at }) => at.workerId === id)
  }

  #possible(id: string): void {
    const all = this.#runningOn(id)
    const { slots, cpus, memory, gpus, gpuMemory, labels } = this.#offers.get(id)!
    const sum = (of: (one: Running) => number): number => all.reduce((total, one) => total + of(one), 0)
    expect(new Set(all.map(({ at }) => at.slot)).size, 'slots').toBe(all.length)
    for (const { at, queued } of all) {
      expect(at.slot).toBeLessThan(slots)
      expect(labels).toEqual(expect.arrayContaining([...queued.labels]))
      expect(gpus).toEqual(expect.arrayContaining([...at.gpus]))
      expect(new Set(at.gpus).size).toBe(queued.gpus)
    }
    expect(
      sum(({ queued }) => queued.cpus),
      'CPUs',
    ).toBeLessThanOrEqual(cpus)
    expect(
      sum(({ queued }) => queued.memory),
      'memory',
    ).toBeLessThanOrEqual(memory)
    for (const [index, gpu] of gpus.entries()) {
      const users = all.filter(({ at }) => at.gpus.includes(gpu))
      if (users.some(({ queued }) => queued.gpuMemory === 0)) expect(users, 'a whole GPU').toHaveLength(1)
      const bytes = users.reduce((total, { queued }) => total + queued.gpuMemory, 0)
      expect(bytes, 'memory of a GPU').toBeLessThanOrEqual(gpuMemory[index]!)
    }
  }

  #fits(id: string, queued: Queued, beside: readonly Running[]): boolean {
    const { slots, cpus, memory, gpus, gpuMemory, labels } = this.#offers.get(id)!
    const sum = (of: (one: Queued) => number): number =>
      beside.reduce((total, one) => total + of(one.queued), 0)
    const freeGpus = gpus.filter((gpu, index) => {
      const users = beside.filter(({ at }) => at.gpus.includes(gpu)).map((one) => one.queued.gpuMemory)
      if (queued.gpuMemory === 0) return users.length === 0
      const used = users.reduce((a, b) => a + b, 0)
      return !users.includes(0) && used + queued.gpuMemory <= gpuMemory[index]!
    })
    return (
      beside.length < slots &&
      sum((one) => one.cpus) + queued.cpus <= cpus &&
      (queued.memory === 0 || sum((one) => one.memory) + queued.memory <= memory) &&
      queued.labels.every((label) => labels.includes(label)) &&
      freeGpus.length >= queued.gpus
    )
  }
}

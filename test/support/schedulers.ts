import { type Fact, type Meta, type Recorded } from '../../core/event/event.ts'
import { attemptKey } from '../../core/run/attempt.ts'
import { Partition } from '../../processors/runtime/partition.ts'
import { scheduler } from '../../processors/scheduler/index.ts'
import { modelQueued } from '../../processors/scheduler/ready.ts'
import { type Run } from '../../processors/scheduler/state.ts'
import { type RandomModel, lineOf } from './dags.ts'
import { an, mount, recorded } from './events.ts'
import { memoryStore } from './memoryStore.ts'
import { runOf } from './runs.ts'

const processor = scheduler({ store: memoryStore().store })
const isEnd = ({ type }: { readonly type: string }): boolean =>
  ['RunFinished', 'RunFailed', 'RunCancelled'].includes(type)

type Outcome = Recorded<'ModelFinished' | 'ModelFailed'>

/**
 * One run and two schedulers that read its log, each as far as it has come, and may crash. What is queued comes to what
 * the models say; it may come late, or twice.
 */
export class Schedulers {
  readonly log: Recorded[]
  readonly deliveries = new Set<string>()
  readonly #models: readonly RandomModel[]
  readonly #readers: readonly [Reader, Reader]
  #cancel: Recorded<'CancelRequested'> | undefined

  constructor(models: readonly RandomModel[]) {
    this.#models = models
    this.log = [runOf(...models.map(lineOf))]
    this.#readers = [new Reader(this.#publish), new Reader(this.#publish)]
  }

  /** A scheduler reads so many more events, and says at once what follows. */
  read(who: 0 | 1, count: number): void {
    this.#readers[who].read(this.log, count)
  }

  /** A scheduler reads a request to cancel the run, where there is one. */
  readCommand(who: 0 | 1): void {
    if (this.#cancel) this.#readers[who].readCommand(this.#cancel)
  }

  /** One of the conditions that a scheduler has to look at is decided. */
  lookAt(who: 0 | 1, which: number): void {
    const pending = this.#readers[who].pending()
    if (pending.length === 0) return
    const { effect, state } = pending[which % pending.length]!
    const run = state as Run
    const { model } = run.jobs[effect.key]!
    const { data } = modelQueued(run, model, 1)
    const output = { ...mount('empty'), files: 0, bytes: 0 }
    const skipped: Fact = an.modelSkipped({ jobId: effect.key, model, name: data.name, output })
    const { type, stream } = skipped
    const fact = this.#models[model]!.meets
      ? modelQueued(run, model, 1)
      : { type, stream, data: skipped.data }
    this.#publish(fact as Fact, effect.cause.meta)
  }

  /** One of the attempts that have no outcome comes to one. False where there is none. */
  comeOut(which: number): boolean {
    const open = this.#attempts().filter((queued) => this.outcomeOf(queued) === undefined)
    if (open.length === 0) return false
    const { jobId, attempt, model } = open[which % open.length]!
    const { outcomes, outputs } = this.#models[model]!
    const kind = outcomes[attempt - 1] ?? 'finished'
    this.log.push(
      kind === 'finished'
        ? an.modelFinished({ jobId, attempt, outputs: outputs.map(mount) })
        : an.modelFailed({ jobId, attempt, kind }),
    )
    return true
  }

  /** Somebody says again what came of an attempt, and something else. */
  contradict(which: number): void {
    const over = this.#attempts().flatMap((queued) => this.outcomeOf(queued) ?? [])
    if (over.length === 0) return
    const { type, data } = over[which % over.length]!
    const { jobId, attempt } = data
    this.log.push(
      type === 'ModelFailed'
        ? an.modelFinished({ jobId, attempt, outputs: [] })
        : an.modelFailed({ jobId, attempt, kind: 'exit', message: 'late' }),
    )
  }

  /** A record that stands on the log is published again. */
  repeat(which: number): void {
    this.log.push(this.log[which % this.log.length]!)
  }

  /** A scheduler crashes before it could commit how far it had come, and starts again. */
  restart(who: 0 | 1, uncommitted: number): void {
    this.#readers[who].restart(this.log, uncommitted)
  }

  cancel(): void {
    this.#cancel ??= an.cancelRequested()
  }

  /** All is read, looked at and done that there is. */
  settle(): void {
    for (let length = -1; length !== this.log.length;) {
      length = this.log.length
      if (length > 1000) throw new Error('there is no end of it')
      for (const who of [0, 1] as const) {
        this.readCommand(who)
        this.read(who, this.log.length)
        for (const _ of this.#readers[who].pending()) this.lookAt(who, 0)
        this.read(who, this.log.length)
      }
      while (this.comeOut(0));
    }
  }

  /** What holds of the outcomes of an attempt: the first. */
  outcomeOf(attempt: { readonly jobId: string; readonly attempt: number }): Outcome | undefined {
    return this.log.find(
      (event): event is Outcome =>
        (event.type === 'ModelFinished' || event.type === 'ModelFailed') &&
        attemptKey(event.data) === attemptKey(attempt),
    )
  }

  /** What both schedulers still wait for. */
  get waiting(): readonly unknown[] {
    return this.#readers.flatMap((reader) => reader.pending())
  }

  /** True while a scheduler that reads all of the log expects more. */
  get isOpen(): boolean {
    const { decider } = processor
    const state = this.log.reduce((run, event) => decider.evolve(run, event as never), decider.initial)
    return decider.isOpen(state, 'run-1')
  }

  /** The attempts that were queued, each once. */
  #attempts(): readonly Recorded<'ModelQueued'>['data'][] {
    const queued = this.log.flatMap(({ type, data }) => (type === 'ModelQueued' ? [data] : []))
    return [...new Map(queued.map((data) => [attemptKey(data), data])).values()]
  }

  readonly #publish = (fact: Fact, cause: Meta): void => {
    const event = recorded(fact, { cause: { meta: cause } as Recorded }) as Recorded
    if (event.type === 'DeliveryQueued') this.deliveries.add(event.meta.id)
    else this.log.push(event)
  }
}

class Reader {
  readonly #publish: (fact: Fact, cause: Meta) => void
  #partition = new Partition(processor)
  #next = 0
  #command: Recorded<'CancelRequested'> | undefined
  #knowsEnd = false

  constructor(publish: (fact: Fact, cause: Meta) => void) {
    this.#publish = publish
  }

  read(log: readonly Recorded[], count: number): void {
    for (const event of log.slice(this.#next, this.#next + count)) {
      this.#take(event, true)
      this.#next += 1
    }
  }

  readCommand(command: Recorded<'CancelRequested'>): void {
    if (!this.#command) this.#take(command, true)
    this.#command = command
  }

  restart(log: readonly Recorded[], uncommitted: number): void {
    this.#partition = new Partition(processor)
    this.#knowsEnd = false
    // The topics are restored side by side: their order may be another one.
    if (this.#command) this.#take(this.#command, false)
    this.#next = Math.max(0, this.#next - uncommitted)
    for (const event of log.slice(0, this.#next)) this.#take(event, false)
  }

  pending(): ReturnType<Partition['pending']> {
    return this.#partition.pending(undefined)
  }

  #take(event: Recorded, live: boolean): void {
    this.#knowsEnd ||= isEnd(event)
    for (const action of this.#partition.step(event, undefined, live)) {
      if (action.do === 'put-aside') throw action.error
      for (const fact of action.facts) {
        if (this.#knowsEnd && fact.type !== 'DeliveryQueued')
          throw new Error(`${fact.type} was said by one who knew that the run had ended`)
        this.#knowsEnd ||= isEnd(fact)
        this.#publish(fact, action.cause)
      }
    }
    if (this.#knowsEnd && this.pending().length > 0)
      throw new Error('something is still looked at by one who knows that the run has ended')
  }
}

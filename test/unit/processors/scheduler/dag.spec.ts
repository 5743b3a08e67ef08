import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Recorded } from '../../../../core/event/event.ts'
import { attemptKey } from '../../../../core/run/attempt.ts'
import { type RandomModel, dag, downstream } from '../../../support/dags.ts'
import { mount } from '../../../support/events.ts'
import { destination, job } from '../../../support/runs.ts'
import { Schedulers } from '../../../support/schedulers.ts'

type End = Recorded<'RunFinished' | 'RunFailed' | 'RunCancelled'>
const isEnd = (event: Recorded): event is End =>
  event.type === 'RunFinished' || event.type === 'RunFailed' || event.type === 'RunCancelled'

/** All that may happen, by how often it does beside the others. */
const steps = {
  read: [8, (world, who, which) => world.read(who, 1 + (which % 5))],
  comeOut: [6, (world, _, which) => world.comeOut(which)],
  lookAt: [3, (world, who, which) => world.lookAt(who, which)],
  contradict: [1, (world, _, which) => world.contradict(which)],
  repeat: [1, (world, _, which) => world.repeat(which)],
  restart: [1, (world, who, which) => world.restart(who, which % 5)],
  cancel: [1, (world) => world.cancel()],
  readCommand: [2, (world, who) => world.readCommand(who)],
} as const satisfies Record<string, [number, (world: Schedulers, who: 0 | 1, which: number) => unknown]>
type Name = keyof typeof steps
interface Step {
  readonly do: Name
  readonly who: 0 | 1
  readonly which: number
}
const many = (names: readonly Name[]): fc.Arbitrary<readonly Step[]> => {
  const weighted = names.map((name) => ({ weight: steps[name][0], arbitrary: fc.constant(name) }))
  const step = fc.record({
    do: fc.oneof(...weighted),
    who: fc.constantFrom(0 as const, 1 as const),
    which: fc.nat(99),
  })
  return fc.array(step, { maxLength: 100, size: 'max' })
}

/** The pause before the next attempt in seconds, as the flow language states it; undefined where there is none. */
const pauseOf = ({ retries }: RandomModel, kind: string, attempt: number): number | undefined => {
  if (retries?.on.some((one) => one === kind))
    return attempt <= retries.times ? [10, 20, 30][attempt - 1]! : undefined
  return (kind === 'lost' || kind === 'engine') && attempt < 3 ? 0 : undefined
}

/** What the log of a run says, once all is settled, in the words of the rules below. */
const story = (models: readonly RandomModel[], world: Schedulers) => {
  const { log } = world
  const at = (event: Recorded): number => log.findIndex(({ meta }) => meta.id === event.meta.id)
  const end = log.find(isEnd)!
  /** Where the end came about; -1 where it was cancelled, which each scheduler hears at another moment. */
  const cause =
    end.type === 'RunCancelled' ? -1 : log.findIndex(({ meta }) => meta.id === end.meta.causationId)
  const queued = log.filter((event): event is Recorded<'ModelQueued'> => event.type === 'ModelQueued')
  const skipped = models.map((_, model) =>
    log.some(({ type, data }) => type === 'ModelSkipped' && data.model === model),
  )
  /** The last outcome that counts, of those before the end came about. */
  const outcomes = models.map((_, model) => {
    const attempts = queued.filter(({ data }) => data.model === model).map(({ data }) => data.attempt)
    const last = world.outcomeOf({ jobId: job(model), attempt: Math.max(0, ...attempts) })
    return last && (cause === -1 || at(last) <= cause) ? last : undefined
  })
  const writtenAt = (name: string): number => {
    if (name === 'src') return 0
    const writer = models.findIndex(({ outputs }) => outputs.includes(name))
    const written = outcomes[writer]
    return written?.type === 'ModelFinished' ? at(written) : Number.POSITIVE_INFINITY
  }
  return {
    ...{ log, at, end, cause, queued, skipped, outcomes },
    existsAt: ({ inputs }: RandomModel): number => Math.max(...inputs.map(writtenAt)),
    result: models.findIndex(({ outputs }) => outputs.includes('dst')),
    /** It failed, and is not tried again. */
    failed: models.map((model, index) => {
      const last = outcomes[index]
      return last?.type === 'ModelFailed' && pauseOf(model, last.data.kind, last.data.attempt) === undefined
    }),
  }
}
type Story = ReturnType<typeof story>

const attemptsAreRight = (
  models: readonly RandomModel[],
  world: Schedulers,
  { log, at, queued, existsAt }: Story,
): void => {
  const ids = new Map<string, string>()
  for (const event of queued) {
    const { data, meta } = event
    const model = models[data.model]!
    // once per attempt
    expect(ids.get(attemptKey(data)) ?? meta.id).toBe(meta.id)
    ids.set(attemptKey(data), meta.id)
    // only when its inputs exist, and with these
    expect(existsAt(model)).toBeLessThan(at(event))
    expect(data.inputs.map(({ name }) => name).sort()).toEqual([...model.inputs].sort())
    // never where its condition is not met
    expect(model.meets).not.toBe(false)
    // after the attempt before, where that failed and the flow says so
    if (data.attempt === 1) expect(data.notBefore).toBeNull()
    else {
      const before = world.outcomeOf({ ...data, attempt: data.attempt - 1 })!
      expect(before.type).toBe('ModelFailed')
      expect(at(before)).toBeLessThan(at(event))
      const pause = pauseOf(model, (before as Recorded<'ModelFailed'>).data.kind, data.attempt - 1)
      expect(data.notBefore).toBe(pause ? Date.parse(log[at(before)]!.meta.time) + pause * 1000 : null)
      expect(pause).toBeDefined()
    }
  }
}

const nothingIsForgotten = (
  models: readonly RandomModel[],
  { queued, skipped, outcomes, cause, at, existsAt }: Story,
): void => {
  for (const [index, model] of models.entries()) {
    const attempts = queued.filter(({ data }) => data.model === index)
    if (existsAt(model) < cause && model.meets === undefined) expect(attempts).not.toEqual([])
    const last = outcomes[index]
    if (last?.type !== 'ModelFailed' || at(last) >= cause) continue
    expect(pauseOf(model, last.data.kind, last.data.attempt)).toBeUndefined()
  }
  expect(skipped.filter((is, index) => is && models[index]!.meets !== false)).toEqual([])
}

const endIsRight = (
  models: readonly RandomModel[],
  { end, skipped, outcomes, failed, result, existsAt }: Story,
): void => {
  const needed = (index: number): boolean => downstream(models, index).has(result)
  const fatal = models.flatMap(({ optional }, index) =>
    failed[index] && (!optional || needed(index)) ? [index] : [],
  )
  if (end.type === 'RunCancelled') return
  if (end.type === 'RunFailed') {
    expect(fatal.map(job)).toContain(end.data.jobId)
    return
  }
  expect(fatal).toEqual([])
  // each model has come to its end, or never will: it lacks what others did not write
  for (const [index, model] of models.entries())
    if (existsAt(model) < Number.POSITIVE_INFINITY)
      expect(skipped[index] || failed[index] || outcomes[index]?.type === 'ModelFinished').toBe(true)
  const { output, destinations } = end.data
  if (outcomes[result]?.type === 'ModelFinished')
    expect({ output, destinations }).toEqual({ output: mount('dst'), destinations: [destination] })
  else {
    expect(skipped.some((is, index) => is && needed(index))).toBe(true)
    expect(output).toMatchObject({ name: 'dst', files: 0, bytes: 0 })
    expect(destinations).toEqual([])
  }
}

const holds = (models: readonly RandomModel[], happens: readonly Step[]): Story => {
  const world = new Schedulers(models)
  for (const one of happens) steps[one.do][1](world, one.who, one.which)
  world.settle()
  expect(world.log.some(isEnd)).toBe(true)
  const told = story(models, world)
  attemptsAreRight(models, world, told)
  nothingIsForgotten(models, told)
  endIsRight(models, told)
  const sent = told.end.type === 'RunFinished' ? told.end.data.destinations.length : 0
  expect(world.deliveries.size).toBe(sent)
  expect(world.waiting).toEqual([])
  expect(world.isOpen).toBe(false)
  return told
}

const every = Object.keys(steps) as Name[]

test('any run, by two schedulers that crash and lag behind: each model at its time, and one end', () =>
  fc.assert(
    fc.property(dag, many(every.filter((name) => name !== 'cancel')), (models, happens) => {
      const { log } = holds(models, happens)
      expect(new Set(log.filter(isEnd).map(({ meta }) => meta.id)).size).toBe(1)
    }),
    { numRuns: 150 },
  ))

test('any run that somebody may cancel: the first end holds, and no more is sent than that says', () =>
  fc.assert(
    fc.property(dag, many(every), (models, happens) => {
      holds(models, happens)
    }),
    { numRuns: 100 },
  ))

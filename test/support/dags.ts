import fc from 'fast-check'
import { type RetriedKind, failureKinds } from '../../core/flow/retries.ts'
import { type ModelLine } from './runs.ts'

/** One model of a random run, and what comes of each attempt at it. */
export interface RandomModel {
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly optional: boolean
  readonly retries: { readonly times: number; readonly on: readonly RetriedKind[] } | undefined
  /** Whether its inputs meet its `when`; undefined where it has none. */
  readonly meets: boolean | undefined
  /** What the attempts come to, one after the other; those after that finish. */
  readonly outcomes: readonly ('finished' | RetriedKind)[]
}

const outcome = fc.oneof(
  { weight: 6, arbitrary: fc.constant('finished' as const) },
  { weight: 2, arbitrary: fc.constantFrom(...failureKinds) },
)
const character = fc.record({
  optional: fc.boolean(),
  retries: fc.option(
    fc.record({
      times: fc.nat(3),
      on: fc.oneof(
        fc.constant([...failureKinds]),
        fc.subarray([...failureKinds], { minLength: 1, maxLength: 3 }),
      ),
    }),
    { nil: undefined },
  ),
  meets: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 2, arbitrary: fc.boolean() }),
  outcomes: fc.array(outcome, { maxLength: 4 }),
  /** Which of the models before it it reads, by their place; `src` where that is none. */
  reads: fc.array(fc.nat(), { maxLength: 3 }),
  alsoReadsSrc: fc.boolean(),
})

/** A run of up to ten models in any order: mounts without a circle, all written and read, one model writes `dst`. */
export const dag: fc.Arbitrary<readonly RandomModel[]> = fc
  .array(character, { minLength: 1, maxLength: 10, size: 'max' })
  .chain((characters) =>
    fc.record({
      writer: fc.nat(characters.length - 1),
      order: fc.shuffledSubarray([...characters.keys()], { minLength: characters.length }),
      characters: fc.constant(characters),
    }),
  )
  .map(({ characters, writer, order }) => {
    const reads = characters.map(({ reads: wanted }, index) =>
      index === 0 ? [] : [...new Set(wanted.map((one) => one % index))],
    )
    const models = characters.map(
      ({ optional, retries, meets, outcomes, alsoReadsSrc }, index): RandomModel => {
        const before = reads[index]!.map((one) => `m${one}`)
        const isRead = reads.some((list) => list.includes(index))
        return {
          inputs: before.length === 0 || alsoReadsSrc ? ['src', ...before] : before,
          outputs: [...(isRead ? [`m${index}`] : []), ...(index === writer ? ['dst'] : [])],
          ...{ optional, retries, meets, outcomes },
        }
      },
    )
    return order.map((index) => models[index]!)
  })

/** As `runOf` takes it; pauses are 10 s, then 20 s, and no longer than 30 s. */
export const lineOf = ({ inputs, outputs, optional, retries, meets }: RandomModel): ModelLine => [
  `${optional ? '?' : ''}${inputs.join(' ')} → ${outputs.join(' ')}`,
  {
    ...(retries && { retries: { ...retries, backoff: 10, longest: 30 } }),
    ...(meets !== undefined && { when: { [inputs[0]!]: [{ Modality: ['CT'] }] } }),
  },
]

/** The models that need what `model` writes, directly or not, and itself. */
export const downstream = (models: readonly RandomModel[], model: number): ReadonlySet<number> => {
  const found = new Set([model])
  for (const at of found)
    for (const [index, { inputs }] of models.entries())
      if (inputs.some((name) => models[at]!.outputs.includes(name))) found.add(index)
  return found
}

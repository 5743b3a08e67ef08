import { type Attributes } from '../dicom/attributes.ts'
import { compilePattern, type Pattern } from './pattern.ts'
import { type Flow, type Trigger } from './schema.ts'

/** A file that may be taken: its id, and what its header says. */
export interface Candidate {
  readonly id: string
  readonly attributes: Attributes
}

/** The expressions on one keyword or tag: how many files meet all of them, how many lack the tag. */
export interface Condition {
  readonly key: string
  readonly met: number
  readonly absent: number
}

/** What one trigger takes. */
export interface Taken {
  /** Ids of the files that meet every condition, in the order given. */
  readonly ids: readonly string[]
  readonly conditions: readonly Condition[]
}

/** Files of a series repeat most values: each value is searched once. */
const remembered = (pattern: Pattern): ((value: string | undefined) => boolean) => {
  const known = new Map<string | undefined, boolean>()
  return (value) => {
    const before = known.get(value)
    if (before !== undefined) return before
    const holds = pattern.holds(value)
    known.set(value, holds)
    return holds
  }
}

/**
 * The files that meet a trigger: all its expressions hold for one and the same file. A file that lacks the
 * tag meets no plain expression and every `~` one.
 */
export const triggerTakes = (trigger: Trigger, files: readonly Candidate[]): Taken => {
  const left = new Set(files.map((_, i) => i))
  const conditions = Object.entries(trigger).map(([key, sources]): Condition => {
    const tests = sources.map((source) => remembered(compilePattern(source)))
    let met = 0
    let absent = 0
    files.forEach(({ attributes }, i) => {
      const value = Object.hasOwn(attributes, key) ? attributes[key] : undefined
      if (value === undefined) absent++
      if (tests.every((holds) => holds(value))) met++
      else left.delete(i)
    })
    return { key, met, absent }
  })
  return { ids: [...left].map((i) => files[i]!.id), conditions }
}

const conditionText = ({ key, met, absent }: Condition, files: number): string =>
  `${key} is met by ${met} of ${files}${absent > 0 ? ` and absent in ${absent}` : ''}`

/**
 * Why no file meets a trigger, in counts, never in values of the files. `named` says which files and which trigger,
 * where that is not plain.
 */
export const whyNot = (
  { conditions }: Taken,
  files: number,
  named?: { readonly files: string; readonly trigger: string },
): string => {
  const each = conditions.map((condition) => conditionText(condition, files)).join('; ')
  const isOnlyTogether = conditions.length > 1 && conditions.every(({ met }) => met > 0)
  const all = named ? `all of ${named.trigger} at once` : 'all at once'
  return `no ${named?.files ?? 'file'} meets ${isOnlyTogether ? all : (named?.trigger ?? 'it')}: ${each}`
}

/** What flows ask of a header, for triggers and sub-folders: nothing else of it needs to be decoded. */
export const attributeKeys = (flows: readonly Pick<Flow, 'triggers' | 'tar_subdir'>[]): ReadonlySet<string> =>
  new Set(flows.flatMap(({ triggers, tar_subdir }) => [...triggers.flatMap(Object.keys), ...tar_subdir]))

import { RE2JS } from 're2js'
import {
  asksForBoundaries,
  boundaryMark,
  type Mode,
  plainMark,
  readsBackward,
  writePattern,
} from './pattern/emit.ts'
import { parsePattern } from './pattern/parse.ts'
import { type Node, PatternError } from './pattern/syntax.ts'

export { PatternError }

/** One expression of a trigger. */
export interface Pattern {
  /** As the flow file has it. */
  readonly source: string
  /** It began with `~`: what matches it does not hold. */
  readonly excludes: boolean
  /** Whether a value meets it. A value that is absent meets only a `~`. */
  holds(value: string | undefined): boolean
}

const isWord = (char: string | undefined): boolean => char !== undefined && /[\p{L}\p{N}_]/u.test(char)

/** Each character followed by a mark that says whether a word begins or ends behind it; one mark in front. */
const marked = (chars: readonly string[]): string => {
  const mark = (i: number): string => (isWord(chars[i - 1]) === isWord(chars[i]) ? plainMark : boundaryMark)
  return (
    mark(0) +
    chars
      .map((char, i) => (char === boundaryMark || char === plainMark ? '\uFFFD' : char) + mark(i + 1))
      .join('')
  )
}

const isAscii = (text: string): boolean => !/[^\0-\x7f]/.test(text)

const compile = (node: Node, mode: Mode): RE2JS => {
  const source = writePattern(node, mode)
  try {
    return RE2JS.compile(source, source.includes('(?<') ? RE2JS.LOOKBEHINDS : 0)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    if (/repe(at|tition)/i.test(reason))
      throw new PatternError('it repeats something more than 1,000 times', 0)
    throw new PatternError(`it cannot be run in linear time (${reason})`, 0)
  }
}

/**
 * Compiles an expression with the meaning that Python's `re.search` gives it, to run in time linear in the
 * length of the value, whatever the value (RE2). A leading `~` negates it.
 *
 * @throws PatternError where it is no expression of Python's, or needs back-references, atomic groups,
 * possessive repetitions, conditions, or looks in both directions.
 */
export const compilePattern = (source: string): Pattern => {
  const excludes = source.startsWith('~')
  const node = parsePattern(excludes ? source.slice(1) : source)
  const backward = readsBackward(node)
  const engine = compile(node, { backward, marked: false })
  // RE2's \b knows ASCII only, which is all there is to know for an ASCII value.
  const unicodeEngine = asksForBoundaries(node) ? compile(node, { backward, marked: true }) : undefined

  const found = (value: string): boolean => {
    const inMarks = unicodeEngine !== undefined && !isAscii(value)
    if (!backward && !inMarks) return engine.test(value)
    const chars = backward ? [...value].reverse() : [...value]
    return inMarks ? unicodeEngine.test(marked(chars)) : engine.test(chars.join(''))
  }
  return { source, excludes, holds: (value) => (value === undefined ? excludes : found(value) !== excludes) }
}

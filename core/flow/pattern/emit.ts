import { type CharacterClass, type CharacterSet, type Node, PatternError, type Place } from './syntax.ts'

/**
 * How a tree is written for RE2.
 * `backward`: for the reversed text, where each look-ahead becomes a look-behind, which re2js runs in linear
 * time. Whether an expression matches at all does not depend on the direction.
 * `marked`: for a text with a mark behind each character (mark.ts), which tells Unicode word boundaries.
 */
export interface Mode {
  readonly backward: boolean
  readonly marked: boolean
}

/** Marks behind a character: here is, or is not, a word boundary. Noncharacters, never in a text. */
export const boundaryMark = '\uFDD0'
export const plainMark = '\uFDD1'
const anyMark = '[\\x{FDD0}\\x{FDD1}]'

type Range = readonly [number, number]
const lastCodePoint = 0x10ffff

/** Python's classes for text: str.isdecimal, str.isspace, str.isalnum or "_". */
const unicode: Readonly<Record<CharacterClass['name'], string>> = {
  d: '\\p{Nd}',
  s: '\\x{9}-\\x{D}\\x{1C}-\\x{20}\\x{85}\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}',
  w: '\\p{L}\\p{N}_',
}
const ascii: Readonly<Record<CharacterClass['name'], string>> = {
  d: '0-9',
  s: '\\x{9}-\\x{D}\\x{20}',
  w: '0-9A-Za-z_',
}

const classText = (name: CharacterClass['name'], set: CharacterSet): string =>
  (set.ascii ? ascii : unicode)[name]

const inverted = new Map<string, readonly Range[]>()
/** The ranges outside a class; RE2 has no way to write `[^a\W]` but by them. */
const outside = (name: CharacterClass['name'], set: CharacterSet): readonly Range[] => {
  const text = classText(name, set)
  const known = inverted.get(text)
  if (known !== undefined) return known
  const inside = new RegExp(`[${text.replaceAll('\\x{', '\\u{')}]`, 'u')
  const ranges: [number, number][] = []
  for (let code = 0; code <= lastCodePoint; code++) {
    if (inside.test(String.fromCodePoint(code))) continue
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === code - 1) last[1] = code
    else ranges.push([code, code])
  }
  inverted.set(text, ranges)
  return ranges
}

const point = (code: number): string => `\\x{${code.toString(16).toUpperCase()}}`
const rangeText = ([from, to]: Range): string => (from === to ? point(from) : `${point(from)}-${point(to)}`)

/** The same range in the other case, ASCII letters only: `(?ai)`. */
const otherCase = ([from, to]: Range): readonly Range[] =>
  (
    [
      [65, 90, 32],
      [97, 122, -32],
    ] as const
  ).flatMap(([low, high, step]) => {
    const [start, end] = [Math.max(from, low), Math.min(to, high)]
    return start <= end ? [[start + step, end + step] as const] : []
  })

const setText = (set: CharacterSet): string => {
  const foldAscii = set.ignoreCase && set.ascii
  const ranges = foldAscii ? set.ranges.flatMap((range) => [range, ...otherCase(range)]) : set.ranges
  const parts = [
    ...ranges.map(rangeText),
    ...set.classes.flatMap(({ name, negated }) =>
      negated ? outside(name, set).map(rangeText) : [classText(name, set)],
    ),
  ]
  const text = `[${set.negated ? '^' : ''}${parts.join('')}]`
  return set.ignoreCase && !set.ascii && ranges.length > 0 ? `(?i:${text})` : text
}

/** `\A` seen in reading direction. In a marked text the first mark stands before it. */
const beginning = ({ marked }: Mode): string => (marked ? `(?<=\\A${anyMark})` : '\\A')

const placeText = (at: Place, mode: Mode, last: boolean): string => {
  const newline = mode.marked ? `(?:\\n${anyMark})?` : '\\n?'
  switch (at) {
    case 'start':
      return mode.backward ? '\\z' : beginning(mode)
    case 'end':
      return mode.backward ? beginning(mode) : '\\z'
    case 'lineStart':
    case 'lineEnd':
      // The next character decides, or the one before: by the direction of reading.
      if ((at === 'lineEnd') !== mode.backward) return '(?m:$)'
      return mode.marked ? `(?<=(?:\\A|\\n)${anyMark})` : '(?m:^)'
    case 'beforeLastNewline':
      if (mode.backward) {
        if (last) return `(?:${beginning(mode)}${newline})`
        return mode.marked ? `(?<=\\A${anyMark}${newline})` : '(?<=\\A\\n?)'
      }
      return `(?:${newline}\\z)`
    case 'boundary':
      return mode.marked ? `(?<=${boundaryMark})` : '\\b'
    case 'noBoundary':
      return mode.marked ? `(?<=${plainMark})` : '\\B'
    case 'asciiBoundary':
      return '\\b'
    case 'noAsciiBoundary':
      return '\\B'
  }
}

/** `last`: nothing of the expression follows, so that a `$` may take the newline behind it along. */
const write = (node: Node, mode: Mode, last: boolean): string => {
  switch (node.kind) {
    case 'set':
      return setText(node.set) + (mode.marked ? anyMark : '')
    case 'assert':
      return placeText(node.at, mode, last)
    case 'sequence': {
      const parts = node.parts.map((part, i) => write(part, mode, last && i === node.parts.length - 1))
      return (mode.backward ? parts.reverse() : parts).join('')
    }
    case 'choice':
      return `(?:${node.options.map((option) => write(option, mode, last)).join('|')})`
    case 'repeat': {
      const max = node.max === Infinity ? '' : node.max
      return `(?:${write(node.node, mode, last && node.max <= 1)}){${node.min},${max}}`
    }
    case 'look':
      return `(?<${node.negated ? '!' : '='}${write(node.node, mode, node.ahead)})`
  }
}

/** Which directions of looking a tree needs; `$` with something behind it looks ahead. */
interface Looks {
  readonly ahead: boolean
  readonly behind: boolean
}
const looks = (node: Node, last: boolean): Looks => {
  const all = (parts: readonly Looks[]): Looks => ({
    ahead: parts.some(({ ahead }) => ahead),
    behind: parts.some(({ behind }) => behind),
  })
  switch (node.kind) {
    case 'set':
      return { ahead: false, behind: false }
    case 'assert':
      return { ahead: node.at === 'beforeLastNewline' && !last, behind: false }
    case 'sequence':
      return all(node.parts.map((part, i) => looks(part, last && i === node.parts.length - 1)))
    case 'choice':
      return all(node.options.map((option) => looks(option, last)))
    case 'repeat':
      return looks(node.node, last && node.max <= 1)
    case 'look':
      return all([looks(node.node, node.ahead), { ahead: node.ahead, behind: !node.ahead }])
  }
}

/**
 * Whether the tree must be read backward.
 * @throws PatternError when it looks in both directions: RE2 can look in one only.
 */
export const readsBackward = (node: Node): boolean => {
  const { ahead, behind } = looks(node, true)
  if (ahead && behind)
    throw new PatternError(
      'look-ahead and look-behind (or look-behind and a "$" that something follows) in one expression: it cannot be run in linear time; write two expressions',
      0,
    )
  return ahead
}

/** The tree as RE2 source. */
export const writePattern = (node: Node, mode: Mode): string =>
  (mode.marked ? anyMark : '') + write(node, mode, true)

/** True when the tree asks for word boundaries that only Unicode's tables tell. */
export const asksForBoundaries = (node: Node): boolean => {
  switch (node.kind) {
    case 'set':
      return false
    case 'assert':
      return node.at === 'boundary' || node.at === 'noBoundary'
    case 'sequence':
      return node.parts.some(asksForBoundaries)
    case 'choice':
      return node.options.some(asksForBoundaries)
    case 'repeat':
    case 'look':
      return asksForBoundaries(node.node)
  }
}

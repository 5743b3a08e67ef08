import { escapeInSet, escapeOutside } from './escape.ts'
import { Reader } from './reader.ts'
import { type CharacterClass, type CharacterSet, type Node, PatternError } from './syntax.ts'

interface Flags {
  readonly i: boolean
  readonly m: boolean
  readonly s: boolean
  readonly x: boolean
  readonly a: boolean
}
const noFlags: Flags = { i: false, m: false, s: false, x: false, a: false }
const lastCodePoint = 0x10ffff
const newline = 10
const deepest = 100

const linear = 'it cannot be run in linear time, and hostile tag values could then stall the system'

const setNode = (set: Partial<CharacterSet>, flags: Flags): Node => ({
  kind: 'set',
  set: { negated: false, ranges: [], classes: [], ignoreCase: flags.i, ascii: flags.a, ...set },
})

const literal = (code: number, flags: Flags): Node => setNode({ ranges: [[code, code]] }, flags)

/** Flag letters after `(?`; changes `flags` as `(?im)` or `(?i-s:` say. */
const parseFlags = (reader: Reader, flags: Flags): { readonly flags: Flags; readonly group: boolean } => {
  const start = reader.at
  const text = reader.take(/[a-zA-Z-]*/)
  const [on = '', off = '', ...more] = text.split('-')
  const unknown = [...on].find((letter) => !'aimsux'.includes(letter))
  if (unknown === 'L') throw new PatternError('the flag L is for bytes, not for text', start)
  if (unknown !== undefined) throw new PatternError(`unknown flag "${unknown}"`, start)
  const wrong = [...off].find((letter) => !'imsx'.includes(letter))
  if (wrong !== undefined || more.length > 0 || (text.includes('-') && off === ''))
    throw new PatternError(`"-${off}" turns off what cannot be turned off`, start)
  const next = { ...flags }
  for (const letter of on)
    if (letter === 'u') next.a = false
    else next[letter as keyof Flags] = true
  for (const letter of off) next[letter as keyof Flags] = false
  const end = reader.next()
  if (end !== ')' && end !== ':')
    throw new PatternError('a group with flags ends neither with ")" nor ":"', start)
  if (end === ')' && off !== '')
    throw new PatternError('flags are only turned off for a group: (?-i:…)', start)
  return { flags: next, group: end === ':' }
}

/** What follows `(?`: groups, comments, looks. Undefined for a comment. */
const parseExtension = (reader: Reader, flags: Flags, start: number): Node | undefined => {
  if (reader.skip('#')) {
    reader.take(/[^)]*/)
    if (!reader.skip(')')) throw new PatternError('a comment "(?#" without ")"', start)
    return undefined
  }
  if (reader.skip('P')) {
    if (reader.peek() === '=') throw new PatternError(`a back-reference: ${linear}`, start)
    if (!reader.skip('<')) throw new PatternError('after "(?P" comes "<name>"', start)
    const name = reader.take(/[^>)]*/)
    if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) || !reader.skip('>'))
      throw new PatternError(`"${name}" is no name for a group`, start)
    reader.nameGroup(name, start)
    return closed(reader, flags, start)
  }
  if (reader.skip(':')) return closed(reader, flags, start)
  if (reader.skip('>')) throw new PatternError(`an atomic group "(?>": ${linear}`, start)
  if (reader.skip('(')) throw new PatternError(`a condition "(?(": ${linear}`, start)
  const look = reader.take(/<?[=!]/)
  if (look !== '')
    return {
      kind: 'look',
      ahead: look.length === 1,
      negated: look.endsWith('!'),
      node: closed(reader, flags, start),
    }
  if (reader.peek() === '<') throw new PatternError('Python names a group "(?P<name>…)"', start)
  const scoped = parseFlags(reader, flags)
  if (scoped.group) return closed(reader, scoped.flags, start)
  throw new PatternError('flags for the whole expression stand at its start', start)
}

const closed = (reader: Reader, flags: Flags, start: number): Node => {
  if (++reader.depth > deepest)
    throw new PatternError(`more than ${deepest} groups inside one another`, start)
  const node = parseChoice(reader, flags)
  if (!reader.skip(')')) throw new PatternError('"(" without ")"', start)
  reader.depth--
  return node
}

const parseSet = (reader: Reader, flags: Flags, start: number): Node => {
  const negated = reader.skip('^')
  const ranges: [number, number][] = []
  const classes: CharacterClass[] = []
  const one = (): number | CharacterClass => {
    const at = reader.at
    const char = reader.next()
    if (char === undefined) throw new PatternError('"[" without "]"', start)
    return char === '\\' ? escapeInSet(reader, at) : char.codePointAt(0)!
  }
  do {
    const at = reader.at
    const from = one()
    if (reader.peek() !== '-' || reader.peek(1) === ']') {
      if (typeof from === 'number') ranges.push([from, from])
      else classes.push(from)
      continue
    }
    reader.next()
    const to = one()
    if (typeof from !== 'number' || typeof to !== 'number' || to < from)
      throw new PatternError('a range inside "[ ]" goes from a character to a later one', at)
    ranges.push([from, to])
  } while (!reader.skip(']'))
  return setNode({ negated, ranges, classes }, flags)
}

/** One item without its repetition; undefined for what stands for nothing. */
const parseItem = (reader: Reader, flags: Flags): Node | undefined => {
  const at = reader.at
  const char = reader.next()!
  if (flags.x && /\s/.test(char)) return undefined
  if (flags.x && char === '#') {
    reader.take(/[^\n]*/)
    return undefined
  }
  switch (char) {
    case '.':
      return setNode(
        flags.s ? { ranges: [[0, lastCodePoint]] } : { negated: true, ranges: [[newline, newline]] },
        noFlags,
      )
    case '^':
      return { kind: 'assert', at: flags.m ? 'lineStart' : 'start' }
    case '$':
      return { kind: 'assert', at: flags.m ? 'lineEnd' : 'beforeLastNewline' }
    case '[':
      return parseSet(reader, flags, at)
    case '(':
      return reader.skip('?') ? parseExtension(reader, flags, at) : closed(reader, flags, at)
    case '\\': {
      const escape = escapeOutside(reader, at)
      if (typeof escape === 'number') return literal(escape, flags)
      if (typeof escape === 'object')
        return setNode({ negated: escape.negated, classes: [{ name: escape.name, negated: false }] }, flags)
      if (escape === 'boundary' && flags.a) return { kind: 'assert', at: 'asciiBoundary' }
      if (escape === 'noBoundary' && flags.a) return { kind: 'assert', at: 'noAsciiBoundary' }
      return { kind: 'assert', at: escape }
    }
    case '*':
    case '+':
    case '?':
      throw new PatternError(`"${char}" has nothing to repeat`, at)
    default:
      return literal(char.codePointAt(0)!, flags)
  }
}

/** `*`, `+`, `?`, `{m}`, `{m,n}` behind an item; undefined where there is none. */
const parseRepetition = (reader: Reader): { readonly min: number; readonly max: number } | undefined => {
  const sign = reader.take(/[*+?]|\{(?:\d+|\d*,\d*)\}/)
  if (sign === '') return undefined
  if (sign === '*') return { min: 0, max: Infinity }
  if (sign === '+') return { min: 1, max: Infinity }
  if (sign === '?') return { min: 0, max: 1 }
  const [low = '', high] = sign.slice(1, -1).split(',')
  return {
    min: Number(low || 0),
    max: high === undefined ? Number(low) : high === '' ? Infinity : Number(high),
  }
}

const skipBlanks = (reader: Reader, flags: Flags): void => {
  if (flags.x) reader.take(/(?:\s|#[^\n]*)*/)
}

const parseRepeated = (reader: Reader, flags: Flags): Node | undefined => {
  const at = reader.at
  const grouped = reader.peek() === '('
  const node = parseItem(reader, flags)
  skipBlanks(reader, flags)
  const repetition = parseRepetition(reader)
  if (repetition === undefined) return node
  if (node === undefined || (node.kind === 'assert' && !grouped))
    throw new PatternError('a repetition has nothing to repeat', at)
  if (repetition.max < repetition.min) throw new PatternError('the repetition ends below its start', at)
  if (reader.skip('+')) throw new PatternError(`a possessive repetition: ${linear}`, at)
  reader.skip('?')
  skipBlanks(reader, flags)
  if (parseRepetition(reader) !== undefined) throw new PatternError('a repetition of a repetition', at)
  return { kind: 'repeat', node, ...repetition }
}

const parseChoice = (reader: Reader, flags: Flags): Node => {
  const options: Node[] = []
  do {
    const parts: Node[] = []
    while (reader.peek() !== undefined && reader.peek() !== '|' && reader.peek() !== ')') {
      const node = parseRepeated(reader, flags)
      if (node !== undefined) parts.push(node)
    }
    options.push(parts.length === 1 ? parts[0]! : { kind: 'sequence', parts })
  } while (reader.skip('|'))
  return options.length === 1 ? options[0]! : { kind: 'choice', options }
}

/**
 * Parses an expression by the rules of Python 3.12's `re` for text.
 * @throws PatternError for what Python refuses, and for what no linear-time engine can do.
 */
export const parsePattern = (source: string): Node => {
  const reader = new Reader(source)
  let flags = noFlags
  while (/^\(\?[a-zA-Z]+\)/.test(reader.rest())) {
    reader.take(/\(\?/)
    flags = parseFlags(reader, flags).flags
  }
  const node = parseChoice(reader, flags)
  if (reader.peek() !== undefined) throw new PatternError('")" without "("', reader.at)
  return node
}

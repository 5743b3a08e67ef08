import { type Reader } from './reader.ts'
import { type CharacterClass, PatternError } from './syntax.ts'

const controls: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92 }

const classOf = (letter: string): CharacterClass | undefined =>
  'dsw'.includes(letter.toLowerCase())
    ? { name: letter.toLowerCase() as CharacterClass['name'], negated: letter !== letter.toLowerCase() }
    : undefined

const hexadecimal = (reader: Reader, digits: number, at: number): number => {
  const text = reader.take(new RegExp(`[0-9a-fA-F]{${digits}}`))
  const code = parseInt(text, 16)
  if (text === '' || code > 0x10ffff)
    throw new PatternError(`this escape wants ${digits} hexadecimal digits`, at)
  return code
}

/** Escapes that mean the same inside and outside `[ ]`; undefined for all others. */
const shared = (reader: Reader, letter: string, at: number): number | CharacterClass | undefined => {
  if (letter in controls) return controls[letter]
  if (letter === 'x') return hexadecimal(reader, 2, at)
  if (letter === 'u') return hexadecimal(reader, 4, at)
  if (letter === 'U') return hexadecimal(reader, 8, at)
  if (letter === 'N') throw new PatternError('write the character itself instead of \\N{name}', at)
  const found = classOf(letter)
  if (found !== undefined) return found
  return /[a-zA-Z0-9]/.test(letter) ? undefined : letter.codePointAt(0)!
}

const octal = (digits: string, at: number): number => {
  const code = parseInt(digits, 8)
  if (code > 0o377) throw new PatternError('an octal escape goes up to \\377', at)
  return code
}

const letterOf = (reader: Reader, at: number): string => {
  const letter = reader.next()
  if (letter === undefined) throw new PatternError('a "\\" at the end', at)
  return letter
}

/** What follows a `\` inside `[ ]`. */
export const escapeInSet = (reader: Reader, at: number): number | CharacterClass => {
  const letter = letterOf(reader, at)
  if (letter === 'b') return 8
  const found = shared(reader, letter, at)
  if (found !== undefined) return found
  if (/[0-7]/.test(letter)) return octal(letter + reader.take(/[0-7]{0,2}/), at)
  throw new PatternError(`Python knows no "\\${letter}" inside "[ ]"`, at)
}

/** What follows a `\` outside `[ ]`. */
export const escapeOutside = (
  reader: Reader,
  at: number,
): number | CharacterClass | 'start' | 'end' | 'boundary' | 'noBoundary' => {
  const letter = letterOf(reader, at)
  if (letter === 'A') return 'start'
  // \z is the newer spelling of \Z (Python 3.14).
  if (letter === 'Z' || letter === 'z') return 'end'
  if (letter === 'b') return 'boundary'
  if (letter === 'B') return 'noBoundary'
  const found = shared(reader, letter, at)
  if (found !== undefined) return found
  if (letter === '0') return octal(letter + reader.take(/[0-7]{0,2}/), at)
  if (/[0-9]/.test(letter)) {
    const more = reader.take(/[0-7]{2}/)
    if (more !== '' && /[0-3]/.test(letter)) return octal(letter + more, at)
    throw new PatternError(
      'a back-reference: it cannot be run in linear time, and hostile tag values could then stall the system',
      at,
    )
  }
  throw new PatternError(`Python knows no "\\${letter}"`, at)
}

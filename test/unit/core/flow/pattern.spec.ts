import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compilePattern } from '../../../../core/flow/pattern.ts'

type Row = readonly [pattern: string, values: readonly (readonly [value: string, found: boolean])[]]
/** What Python says of many expressions; pattern.fixture.py beside it asked. */
const rows = JSON.parse(readFileSync(new URL('pattern.fixture.json', import.meta.url), 'utf8')) as Row[]

const reasonOf = (source: string): string => {
  try {
    compilePattern(source)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

describe('an expression means what it means to Python', () => {
  test.each(rows)('%j', (source, values) => {
    const reason = reasonOf(source)
    if (reason !== '') return expect(reason).toMatch(/look-ahead and look-behind/)
    const { holds } = compilePattern(source)
    expect(values.map(([value]) => [value, holds(value)])).toEqual(values)
  })

  test('and next to none of them is refused', () => {
    expect(rows.filter(([source]) => reasonOf(source) !== '').length).toBeLessThan(rows.length / 50)
  })
})

describe('"~" in front turns an expression round', () => {
  test('it holds where the rest does not match', () => {
    const pattern = compilePattern('~(?i)flair')
    expect(pattern.excludes).toBe(true)
    expect(pattern.holds('T2 FLAIR')).toBe(false)
    expect(pattern.holds('T2')).toBe(true)
  })

  test('a second "~" is a letter like any other', () => {
    expect(compilePattern('~~').holds('a~b')).toBe(false)
    expect(compilePattern('a~').holds('a~')).toBe(true)
  })

  test('an absent value meets it, and no plain expression, not even the empty one', () => {
    expect(compilePattern('~x').holds(undefined)).toBe(true)
    expect(compilePattern('').holds(undefined)).toBe(false)
    expect(compilePattern('None').holds(undefined)).toBe(false)
  })

  test('for every value exactly one of the two holds', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...rows.map(([source]) => source)),
        fc.string({ unit: 'binary' }),
        (source, value) => {
          fc.pre(reasonOf(source) === '')
          expect(compilePattern(`~${source}`).holds(value)).toBe(!compilePattern(source).holds(value))
        },
      ),
    )
  })
})

test('a text with every character escaped matches where the text is contained', () => {
  const escaped = (text: string): string =>
    [...text].map((char) => `\\U${char.codePointAt(0)!.toString(16).padStart(8, '0')}`).join('')
  const text = fc.string({ unit: 'grapheme', maxLength: 6 })
  fc.assert(
    fc.property(text, text, text, (before, middle, after) => {
      expect(compilePattern(escaped(middle)).holds(before + middle + after)).toBe(true)
      expect(compilePattern(`^${escaped(middle)}\\Z`).holds(before + middle)).toBe(before === '')
    }),
  )
})

test('looking ahead for one text and searching for it are the same', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'å', '-'), maxLength: 6 })
  fc.assert(
    fc.property(word, word, (word, value) => {
      expect(compilePattern(`(?=${word})`).holds(value)).toBe(value.includes(word))
      expect(compilePattern(`^(?!.*${word})`).holds(value)).toBe(!value.includes(word))
    }),
  )
})

describe('no value can stall the system', () => {
  test.each([
    ['(a+)+$', `${'a'.repeat(50_000)}!`],
    ['^(?!.*(a|aa)+$)', `${'a'.repeat(50_000)}!`],
    ['(?<=(?:a+)+)b', 'a'.repeat(50_000)],
    ['\\b(\\w+)+\\b!', 'å'.repeat(20_000)],
    ['(.*)*(.*)*(.*)*x', 'a'.repeat(50_000)],
  ])('%s', (source, value) => {
    const { holds } = compilePattern(source)
    const start = performance.now()
    holds(value)
    expect(performance.now() - start).toBeLessThan(3_000)
  })
})

describe('what is refused says why', () => {
  test.each([
    ['(a)\\1', /back-reference.*linear time/],
    ['(?P<x>a)(?P=x)', /back-reference.*linear time/],
    ['(?>a)', /atomic group/],
    ['a++', /possessive/],
    ['(a)?(?(1)b|c)', /condition/],
    ['(?<=a)b(?=c)', /look-ahead and look-behind/],
    ['a{1001}', /more than 1,000 times/],
    ['('.repeat(200) + ')'.repeat(200), /groups inside one another/],
    ['(', /"\(" without "\)"/],
    [')', /"\)" without "\("/],
    ['[a', /"\[" without "\]"/],
    ['*a', /nothing to repeat/],
    ['^*', /nothing to repeat/],
    ['a**', /repetition of a repetition/],
    ['a{2,1}', /ends below its start/],
    ['[z-a]', /range/],
    ['[\\d-z]', /range/],
    ['\\', /"\\" at the end/],
    ['\\q', /no "\\q"/],
    ['[\\A]', /no "\\A" inside/],
    ['\\x4', /2 hexadecimal digits/],
    ['\\N{DIGIT ONE}', /write the character itself/],
    ['a(?i)b', /stand at its start/],
    ['(?L)a', /flag L/],
    ['(?q)a', /unknown flag "q"/],
    ['(?<n>a)', /Python names a group/],
    ['(?P<1>a)', /no name for a group/],
    ['(?P<n>a)(?P<n>b)', /given twice/],
    ['(?#a', /comment/],
  ])('%s', (source, reason) => expect(reasonOf(source)).toMatch(reason))
})

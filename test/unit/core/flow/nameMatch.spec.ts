import { describe, expect, test } from 'vitest'
import { isNamedBy, nameMatches } from '../../../../core/flow/nameMatch.ts'

describe('a name fits a pattern', () => {
  test.each([
    ['lung', 'lung'],
    ['*', ''],
    ['*', 'anything at all'],
    ['lung-*', 'lung-'],
    ['lung-*', 'lung-segmentation'],
    ['*-ct', 'lung-ct'],
    ['lung*ct', 'lung-and-heart-ct'],
    ['l*n*g', 'l-n-n-g'],
    ['**a**', 'banana'],
    ['a.c', 'a.c'],
  ])('%s: %s', (pattern, name) => expect(nameMatches(pattern, name)).toBe(true))

  test.each([
    ['lung', 'Lung'],
    ['lung', 'lung-ct'],
    ['lung-*', 'lung'],
    ['*-ct', 'ct-lung'],
    ['ab*ba', 'aba'],
    ['a*b*c', 'acb'],
    ['a*bc*c', 'abc'],
    ['a.c', 'abc'],
    ['', 'a'],
  ])('but not %s: %s', (pattern, name) => expect(nameMatches(pattern, name)).toBe(false))

  test('at once, however many stars it has', () => {
    const began = performance.now()
    expect(nameMatches(`${'a*'.repeat(30)}b`, 'a'.repeat(10_000))).toBe(false)
    expect(performance.now() - began).toBeLessThan(200)
  })
})

test('null names every flow, an empty list none', () => {
  expect(isNamedBy(null, 'lung')).toBe(true)
  expect(isNamedBy([], 'lung')).toBe(false)
  expect(isNamedBy(['heart', 'lu*'], 'lung')).toBe(true)
})

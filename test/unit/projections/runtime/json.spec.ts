import { expect, test } from 'vitest'
import { storableJson } from '../../../../projections/runtime/json.ts'

const stored = (value: unknown): unknown => JSON.parse(storableJson(value)) as unknown

test('what Postgres takes is not touched', () => {
  const value = { a: ['é', '😀', 'C:\\u0000', '\\ud800', null, 1.5, true], b: { c: '' } }
  expect(stored(value)).toEqual(value)
})

test('NUL and half of a surrogate pair are replaced, in names, too', () =>
  expect(stored({ 'a\0': ['x\0y', '\ud83d'], b: '\udc00z' })).toEqual({
    'a\u2400': ['x\u2400y', '\ufffd'],
    b: '\ufffdz',
  }))

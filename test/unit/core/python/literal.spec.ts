import { describe, expect, test } from 'vitest'
import { pythonBytes, pythonFloat, pythonString } from '../../../../core/python/literal.ts'

describe('a float is written as Python writes it', () => {
  test.each([
    [0, '0.0'],
    [-0, '-0.0'],
    [1, '1.0'],
    [-2.5, '-2.5'],
    [0.1, '0.1'],
    [Math.fround(0.1), '0.10000000149011612'],
    [1e-4, '0.0001'],
    [1e-5, '1e-05'],
    [-2.5e-7, '-2.5e-07'],
    [123456.75, '123456.75'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e+16'],
    [1.5e300, '1.5e+300'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
    [NaN, 'nan'],
  ])('%d → %s', (value, text) => expect(pythonFloat(value)).toBe(text))
})

describe('a text is quoted as Python quotes it', () => {
  test.each([
    ['plain', "'plain'"],
    ["it's", '"it\'s"'],
    ['both \' and "', `'both \\' and "'`],
    ['back\\slash', "'back\\\\slash'"],
    ['tab\tline\r\n', "'tab\\tline\\r\\n'"],
    ['bell\x07 \x7f \xa0 \u2028 \u{e0001}', "'bell\\x07 \\x7f \\xa0 \\u2028 \\U000e0001'"],
    ['æøå 小東 😀', "'æøå 小東 😀'"],
  ])('%j → %s', (value, text) => expect(pythonString(value)).toBe(text))
})

test('bytes are written with their printable characters', () => {
  expect(pythonBytes(Buffer.from('\0a~\x7f\xff\n\\', 'latin1'))).toBe("b'\\x00a~\\x7f\\xff\\n\\\\'")
  expect(pythonBytes(Buffer.from("'"))).toBe('b"\'"')
  expect(pythonBytes(Buffer.from('\'"'))).toBe("b'\\'\"'")
})

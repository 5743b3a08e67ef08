import { expect, test } from 'vitest'
import { apply, compose, identity, inverse, rigid } from '../../../../../app/demo/sampleData/transform.ts'

test('a quarter turn about z takes +x to +y, and then comes the shift', () => {
  const [x, y, z] = apply(rigid({ z: 90, x: 0 }, [1, 2, 3]), [10, 0, 0])
  expect([x, y, z].map((v) => Number(v.toFixed(9)))).toEqual([1, 12, 3])
})

test('a quarter turn about x takes +y to +z', () => {
  const [x, y, z] = apply(rigid({ z: 0, x: 90 }, [0, 0, 0]), [0, 10, 0])
  expect([x, y, z].map((v) => Number(v.toFixed(9)))).toEqual([0, 0, 10])
})

test('there and back again is where one was', () => {
  const there = rigid({ z: 4, x: -2 }, [6, -4, 5])
  for (const [n, value] of compose(inverse(there), there).entries())
    expect(value).toBeCloseTo(identity[n]!, 12)
})

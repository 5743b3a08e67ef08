import { expect, test } from 'vitest'
import { gaussian } from '../../../../../app/demo/sampleData/noise.ts'

test('the noise repeats itself and has mean 0 and deviation 1', () => {
  const one = gaussian(1)
  const values = Array.from({ length: 20_000 }, () => one())
  const again = gaussian(1)
  expect(values.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => again()))
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length
  expect(mean).toBeCloseTo(0, 1)
  expect(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length).toBeCloseTo(1, 1)
})

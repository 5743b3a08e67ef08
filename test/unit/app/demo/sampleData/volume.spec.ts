import { expect, test } from 'vitest'
import { identity, rigid } from '../../../../../app/demo/sampleData/transform.ts'
import {
  blur,
  connectedAbove,
  positionOf,
  resample,
  type Grid,
  type Volume,
} from '../../../../../app/demo/sampleData/volume.ts'

const grid: Grid = { size: [7, 6, 5], spacing: [1, 2, 3], origin: [-3, 10, -20] }
const filled = (f: (x: number, y: number, z: number) => number, on: Grid = grid): Volume => {
  const data: number[] = []
  for (let k = 0; k < on.size[2]; k++)
    for (let j = 0; j < on.size[1]; j++)
      for (let i = 0; i < on.size[0]; i++) data.push(f(...positionOf(on, i, j, k)))
  return { ...on, data: Float32Array.from(data) }
}

test('a linear ramp stays the same ramp on any grid inside it', () => {
  const ramp = (x: number, y: number, z: number) => 2 * x - y + 0.5 * z
  const finer: Grid = { size: [4, 4, 4], spacing: [0.5, 0.7, 0.9], origin: [-2.2, 11.1, -18] }
  const result = resample(filled(ramp), finer, identity, -1)
  for (const [n, value] of filled(ramp, finer).data.entries()) expect(result.data[n]).toBeCloseTo(value, 4)
})

test('the matrix takes points of the new grid to the old one', () => {
  const ramp = (x: number) => x
  const moved = resample(filled(ramp), grid, rigid({ z: 0, x: 0 }, [2, 0, 0]), -99)
  expect([...moved.data.subarray(0, 7)]).toEqual([-1, 0, 1, 2, 3, -99, -99])
})

test('a blur spreads a point by the same millimetres along every axis and loses nothing', () => {
  const size: Grid = { size: [31, 31, 31], spacing: [1, 1, 2], origin: [0, 0, 0] }
  const point = filled((x, y, z) => (x === 15 && y === 15 && z === 30 ? 1000 : 0), size)
  const { data } = blur(point, 2)
  const at = (i: number, j: number, k: number) => data[(k * 31 + j) * 31 + i]!
  expect(data.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1000, 1)
  expect(at(17, 15, 15)).toBeCloseTo(at(15, 17, 15), 4)
  expect(at(17, 15, 15)).toBeCloseTo(at(15, 15, 16), 1)
  expect(at(15, 15, 15)).toBeGreaterThan(at(16, 15, 15))
})

test('a region ends where the values fall to the threshold, and what touches only by a corner is outside', () => {
  const flat: Grid = { size: [4, 2, 1], spacing: [1, 1, 1], origin: [0, 0, 0] }
  const volume: Volume = { ...flat, data: Float32Array.from([5, 5, 1, 9, 0, 0, 5, 9]) }
  expect([...connectedAbove(volume, [0, 0, 0], 1)]).toEqual([1, 1, 0, 0, 0, 0, 0, 0])
  expect([...connectedAbove(volume, [0, 0, 0], 0)]).toEqual([1, 1, 1, 1, 0, 0, 1, 1])
})

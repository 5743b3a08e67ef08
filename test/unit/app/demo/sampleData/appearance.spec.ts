import { expect, test } from 'vitest'
import { along, appearance, headOnly, lesion } from '../../../../../app/demo/sampleData/appearance.ts'
import { phantom } from '../../../../../app/demo/sampleData/phantom.ts'
import { apply, inverse, rigid } from '../../../../../app/demo/sampleData/transform.ts'
import { type Grid, type Volume } from '../../../../../app/demo/sampleData/volume.ts'

const coarse: Grid = { size: [62, 62, 41], spacing: [4, 4, 4], origin: [-122, -122, 0.5] }

const hottest = ({ data, size, origin, spacing }: Volume): number[] => {
  const hot = data.reduce((best, value, at) => (value > data[best]! ? at : best), 0)
  const index = [hot % size[0], Math.floor(hot / size[0]) % size[1], Math.floor(hot / (size[0] * size[1]))]
  return index.map((n, axis) => origin[axis]! + n * spacing[axis]!)
}

test('a curve is straight between its points and flat beyond them', () => {
  const curve = [
    [0, 10],
    [10, 30],
  ] as const
  expect([-5, 0, 5, 10, 99].map((hu) => along(curve, hu))).toEqual([10, 10, 20, 30, 30])
})

test('the tumour is the hottest place in PET, where the patient lay in that scanner', () => {
  const toCt = rigid({ z: 3, x: -2 }, [6, -4, 5])
  const pet = appearance(phantom(coarse), 'pet', coarse, toCt)
  const there = apply(inverse(toCt), lesion.centre)
  expect(Math.hypot(...hottest(pet).map((mm, axis) => mm - there[axis]!))).toBeLessThan(lesion.radius)
})

test('only what hangs together with the head remains of a scan', () => {
  const scan = phantom(coarse)
  scan.data[0] = 500
  expect(headOnly(scan).data[0]).toBe(-1000)
  expect(headOnly(scan).data.filter((hu) => hu > -300)).toHaveLength(
    scan.data.filter((hu) => hu > -300).length - 1,
  )
})

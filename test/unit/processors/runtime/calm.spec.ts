import { expect, test } from 'vitest'
import { Calm } from '../../../../processors/runtime/calm.ts'

/** Ticks every 200 ms; the broker is heard at each of them unless it is away. */
const tickUntil = (calm: Calm, from: number, to: number, heardAt: (now: number) => number = (now) => now) => {
  for (let now = from; now <= to; now += 200) calm.tick(now, heardAt(now))
}

test('it is calm after as long as all was as usual', () => {
  const calm = new Calm(0)
  tickUntil(calm, 0, 9800)
  expect(calm.lasts(10_000)).toBe(false)
  calm.tick(10_000, 10_000)
  expect(calm.lasts(10_000)).toBe(true)
})

test('a machine that was suspended begins anew', () => {
  const calm = new Calm(0)
  tickUntil(calm, 0, 20_000)
  calm.tick(60_000, 20_000)
  expect(calm.lasts(200)).toBe(false)
  tickUntil(calm, 60_200, 70_200)
  expect(calm.lasts(10_000)).toBe(true)
})

test('so does one that was cut off from the broker', () => {
  const calm = new Calm(0)
  tickUntil(calm, 0, 20_000)
  tickUntil(calm, 20_200, 50_000, () => 20_000)
  expect(calm.lasts(200)).toBe(false)
  expect(calm.lasts(0)).toBe(true)
})

test('so does one whose clock was set back', () => {
  const calm = new Calm(0)
  tickUntil(calm, 0, 20_000)
  calm.tick(5000, 5000)
  expect(calm.lasts(200)).toBe(false)
})

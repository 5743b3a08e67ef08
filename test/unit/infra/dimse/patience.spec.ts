import { expect, test } from 'vitest'
import { Patience } from '../../../../infra/dimse/patience.ts'

test('nothing may come for as long as it is idle at most', () => {
  expect(new Patience(60_000).left).toBe(60_000)
})

test('a byte now and then within a message is not waited for longer than twice that', () => {
  const patience = new Patience(60_000)
  let waited = 0
  while (patience.left >= 1000) {
    patience.came(1, 1000)
    waited += 1000
  }
  expect(waited).toBeGreaterThan(119_000)
  expect(waited).toBeLessThan(122_000)
})

test('what comes at a rate may come for hours, with pauses', () => {
  const patience = new Patience(60_000)
  for (let second = 0; second < 7200; second += 1) patience.came(4096, second % 300 === 0 ? 59_000 : 1000)
  expect(patience.left).toBe(60_000)
})

test('the time between messages costs nothing', () => {
  const patience = new Patience(60_000)
  for (let echo = 0; echo < 100; echo += 1) {
    patience.came(80, 59_000)
    patience.rest()
  }
  expect(patience.left).toBe(60_000)
})

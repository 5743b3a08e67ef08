import { expect, test } from 'vitest'
import { properties } from '../fuzz/properties.ts'

/** For all of them together, in milliseconds; `npm run fuzz` takes longer. */
const budget = 6000
const seed = Date.now() & 0x7fffffff

test.each(properties)('$name', async ({ name, check }) => {
  // Whatever fails can be repeated with it.
  process.stderr.write(`fuzz: seed ${seed}: ${name}\n`)
  const before = process.memoryUsage().rss
  await check({ seed, numRuns: 500, interruptAfterTimeLimit: budget / properties.length })
  expect(process.memoryUsage().rss - before).toBeLessThan(400 * 1024 * 1024)
})

/** `npm run fuzz [-- --minutes N] [--seed N]`: feeds what reads DICOM with broken bytes, much longer than `npm test`. */
import { properties } from './properties.ts'

const numberOf = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? otherwise : Number(process.argv[at + 1])
}
const minutes = numberOf('minutes', 5)
const first = numberOf('seed', Date.now() & 0x7fffffff)
const until = performance.now() + minutes * 60_000
const mostMemory = 600 * 1024 * 1024

process.on('uncaughtException', (error) => fail(`uncaught: ${error.stack ?? error.message}`))
process.on('unhandledRejection', (error) => fail(`unhandled rejection: ${String(error)}`))
const fail = (why: string): never => {
  process.stderr.write(`fuzz: ${why}\n`)
  process.exit(1)
}

let seed = first
let rounds = 0
for (; performance.now() < until; seed = (seed + 1) & 0x7fffffff) {
  for (const { name, check } of properties) {
    process.stderr.write(`fuzz: seed ${seed}: ${name}\n`)
    const left = Math.max(1000, until - performance.now())
    await check({
      seed,
      numRuns: 2000,
      interruptAfterTimeLimit: Math.min(left, 30_000),
      endOnFailure: false,
    }).catch((error: unknown) => fail(String(error)))
  }
  rounds += 1
  const { rss } = process.memoryUsage()
  if (rss > mostMemory) fail(`it takes ${Math.round(rss / 1024 / 1024)} MB after ${rounds} rounds`)
}
process.stdout.write(`fuzz: ${rounds} rounds from seed ${first}, nothing found\n`)
process.exit(0)

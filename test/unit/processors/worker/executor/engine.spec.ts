import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { RadDeployError } from '../../../../../core/error/error.ts'
import { steadily } from '../../../../../processors/worker/executor/engine.ts'
import { answered, isSilence } from '../../../../../processors/worker/executor/silence.ts'

const logger = pino({ level: 'silent' })
const patience = (patienceMs = 60_000, signal = new AbortController().signal) => ({
  patienceMs,
  signal,
  logger,
})

/** Throws the errors one after the other, then gives the number of calls. */
const throwing = (...errors: readonly Error[]) => {
  let calls = 0
  return {
    step: () => {
      const error = errors[calls++]
      return error ? Promise.reject(error) : Promise.resolve(calls)
    },
    calls: () => calls,
  }
}
const gone = Object.assign(new Error('gone'), { code: 'ECONNREFUSED' })
const broken = Object.assign(new Error('broken'), { statusCode: 500 })
const store = new RadDeployError('RD_S3_UNAVAILABLE', 'away')

test('a step is repeated while a server is away', async () => {
  expect(await steadily('test', throwing(gone, store).step, patience())).toBe(3)
})

test('a step is not repeated once patience is over', async () => {
  const { step, calls } = throwing(gone, gone)
  await expect(steadily('test', step, patience(100))).rejects.toBe(gone)
  expect(calls()).toBe(2)
})

test('an answer 500 is asked for three times', async () => {
  const { step, calls } = throwing(broken, broken, broken, broken)
  await expect(steadily('test', step, patience())).rejects.toBe(broken)
  expect(calls()).toBe(3)
})

test.each([
  Object.assign(new Error('conflict'), { statusCode: 409 }),
  new RadDeployError('RD_S3_CORRUPT', 'corrupt'),
  new RadDeployError('RD_MODEL_FAILED', 'failed', { kind: 'image' }),
  new Error('a bug'),
])('%s is thrown at once', async (error) => {
  const { step, calls } = throwing(error)
  await expect(steadily('test', step, patience())).rejects.toBe(error)
  expect(calls()).toBe(1)
})

test('a step is given up when its attempt is let go', async () => {
  const stop = new AbortController()
  const { step, calls } = throwing(gone, gone, gone)
  const trying = steadily('test', step, patience(60_000, stop.signal))
  stop.abort()
  await expect(trying).rejects.toMatchObject({ name: 'AbortError' })
  expect(calls()).toBe(1)
})

test('silence that lasts longer than a minute each time is the same trouble, and patience ends', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  let calls = 0
  const silent = (): Promise<never> => {
    calls += 1
    return answered(90_000, () => new Promise<never>(() => undefined))
  }
  const trying = expect(steadily('test', silent, patience(200_000))).rejects.toSatisfy(isSilence)
  await vi.advanceTimersByTimeAsync(600_000)
  await trying
  expect(calls).toBe(4)
})

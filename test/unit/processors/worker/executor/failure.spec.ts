import { expect, test } from 'vitest'
import { RadDeployError } from '../../../../../core/error/error.ts'
import { isGone, oneLine, reasonOf } from '../../../../../processors/worker/executor/engine.ts'
import { failure, failureOf } from '../../../../../processors/worker/executor/failure.ts'

const refused = (statusCode: number, message: string): Error =>
  Object.assign(new Error(`(HTTP code ${statusCode}) unexpected - ${message}`), {
    statusCode,
    json: { message },
  })
const lost = (code: string): Error => Object.assign(new Error(`connect ${code} /run/docker.sock`), { code })

test('a failure says its own kind and message', () => {
  expect(failureOf(failure('image', 'no such image'))).toEqual({ kind: 'image', message: 'no such image' })
})

test.each(['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'])('%s means that the engine is gone', (code) => {
  expect(isGone(lost(code))).toBe(true)
  expect(failureOf(lost(code))).toEqual({
    kind: 'engine',
    message: 'the Docker Engine does not answer; start it on this worker, then run it again',
  })
})

test('what the engine refuses is said in its own words', () => {
  expect(isGone(refused(500, 'no space left'))).toBe(false)
  expect(failureOf(refused(500, 'no space\nleft'))).toMatchObject({
    kind: 'engine',
    message: 'the Docker Engine refused: no space left; see its log, then run it again',
  })
})

test('trouble with the object store is the engine of the attempt, not of the model', () => {
  const error = new RadDeployError('RD_S3_UNAVAILABLE', 'the object store did not take or give a')
  expect(failureOf(error)).toMatchObject({ kind: 'engine' })
})

test('an error nobody foresaw is not told to the log of events, which holds no patient data', () => {
  const { kind, message } = failureOf(new TypeError('Doe^Jane is not a function'))
  expect(kind).toBe('unknown')
  expect(message).not.toMatch(/Doe/)
})

test('the words of others are one line of bounded length', () => {
  expect(oneLine(' a\n\t b ')).toBe('a b')
  expect(oneLine('x'.repeat(301))).toHaveLength(300)
  expect(reasonOf(refused(404, 'manifest  unknown'))).toBe('manifest unknown')
  expect(reasonOf(new Error('plain'))).toBe('plain')
})

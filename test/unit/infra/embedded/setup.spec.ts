import { expect, test } from 'vitest'
import { RadDeployError } from '../../../../core/error/error.ts'
import { failureOf } from '../../../../infra/embedded/setup.ts'

const missing = (why: string, ...packages: string[]): RadDeployError =>
  new RadDeployError('RD_SETUP_MISSING', `${why} is missing`, { why, packages })
const results = (...reasons: unknown[]): PromiseSettledResult<unknown>[] => [
  { status: 'fulfilled', value: undefined },
  ...reasons.map((reason) => ({ status: 'rejected' as const, reason })),
]

test('one line names everything that is missing, each package once', () => {
  const failure = failureOf(
    results(missing('Go', 'golang-go'), missing('Docker Engine', 'docker.io', 'runc'), missing('x', 'runc')),
  )
  expect(failure).toMatchObject({
    code: 'RD_SETUP_MISSING',
    message: 'Go, Docker Engine, x are missing; install them with: apt-get install golang-go docker.io runc',
  })
})

test('one thing that is missing, or another failure, is told as it is', () => {
  const one = missing('Go', 'golang-go')
  const other = new Error('no network')
  expect(failureOf(results(one))).toBe(one)
  expect(failureOf(results(other, one))).toBe(other)
  expect(failureOf(results())).toBeUndefined()
})

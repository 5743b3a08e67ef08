import { expect, test } from 'vitest'
import { containerName, withLabels } from '../../../../../processors/worker/executor/name.ts'

test('each attempt at a job has a container name of its own, always the same and fit for Docker', () => {
  expect(containerName({ jobId: 'job-1', attempt: 2 })).toBe('raddeploy-job-1-2')
  expect(containerName({ jobId: 'a/b c', attempt: 1 })).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/)
})

test('labels are asked for with their values', () => {
  expect(withLabels({ a: '1', b: '2' })).toEqual({ label: ['a=1', 'b=2'] })
})

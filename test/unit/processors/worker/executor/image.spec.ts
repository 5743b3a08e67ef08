import { expect, test } from 'vitest'
import { adviceOn } from '../../../../../processors/worker/executor/image.ts'

test.each([
  [
    'manifest for registry.example:5000/bone:2 not found: manifest unknown',
    /^correct its name, or bring it here$/,
  ],
  [
    'Get "https://registry.example:5000/v2/": no basic auth credentials',
    /: docker login registry\.example:5000 as/,
  ],
  ['unauthorized: authentication required', /: docker login registry\.example:5000 as/],
  ['pull access denied for bone, repository does not exist', /^correct its name, or let the worker in/],
  ['dial tcp 127.0.0.1:5000: connect: connection refused', /start its registry/],
  ['dial tcp: lookup registry.example: no such host', /start its registry/],
  ['the registry does not answer', /start its registry/],
])('of a pull that failed with "%s" it says what to do', (reason, advice) => {
  expect(adviceOn(reason, 'registry.example:5000/bone:2')).toMatch(advice)
})

import { expect, test } from 'vitest'
import { digestOf, imageNameOf } from '../../../../../processors/worker/executor/imageName.ts'

test.each([
  ['busybox', 'docker.io', 'busybox'],
  ['busybox:1', 'docker.io', 'busybox'],
  ['library/busybox', 'docker.io', 'busybox'],
  ['docker.io/library/busybox:1', 'docker.io', 'busybox'],
  ['index.docker.io/library/busybox:1', 'docker.io', 'busybox'],
  ['models/bone:1', 'docker.io', 'models/bone'],
  ['docker.io/models/bone:1', 'docker.io', 'models/bone'],
  ['library/models/bone', 'docker.io', 'models/bone'],
  ['localhost/bone', 'localhost', 'localhost/bone'],
  ['localhost:5000/bone', 'localhost:5000', 'localhost:5000/bone'],
  ['localhost:5000/a/b/bone:2', 'localhost:5000', 'localhost:5000/a/b/bone'],
  ['registry.example/bone@sha256:1', 'registry.example', 'registry.example/bone'],
  [
    'registry.example:443/library/bone:1@sha256:1',
    'registry.example:443',
    'registry.example:443/library/bone',
  ],
])('%s is of the registry %s and the repository %s', (image, registry, repository) => {
  expect(imageNameOf(image)).toEqual({ registry, repository })
})

test('the digest of an image is that of the repository it was asked for by', () => {
  const digests = ['other/bone@sha256:1', 'models/bone@sha256:2', 'models/bone@sha256:3']
  expect(digestOf('models/bone:1', digests)).toBe('models/bone@sha256:2')
  expect(digestOf('docker.io/models/bone:1', digests)).toBe('models/bone@sha256:2')
  expect(digestOf('models/bone@sha256:3', digests)).toBe('models/bone@sha256:3')
  expect(digestOf('models/bo:1', digests)).toBe('other/bone@sha256:1')
  expect(digestOf('models/bone:1', [])).toBeUndefined()
})

import { describe, expect, test } from 'vitest'
import { linkFor, place, pythonPackages } from '../../../../infra/images/rootfs.ts'

describe('a file of a package', () => {
  test.each([
    ['lib/x86_64-linux-gnu/libc.so.6', 'usr/lib/x86_64-linux-gnu/libc.so.6'],
    ['bin/busybox', 'usr/bin/busybox'],
    ['lib64', 'usr/lib64'],
    ['usr/lib/python3/dist-packages/numpy/__init__.py', 'usr/lib/python3/dist-packages/numpy/__init__.py'],
    ['library/a', 'library/a'],
  ])('%s lies at %s in a merged /usr', (name, placed) => expect(place(name)).toBe(placed))

  test.each([
    'usr/share/doc/libc6/copyright',
    'usr/share/man/man1/python3.11.1.gz',
    'usr/lib/python3/dist-packages/numpy/core/tests/test_umath.py',
    '.',
    '',
  ])('%s is left out', (name) => expect(place(name)).toBeUndefined())
})

test('links that package scripts would have made: the BLAS and python3', () => {
  expect(linkFor('usr/lib/aarch64-linux-gnu/blas/libblas.so.3')).toEqual({
    name: 'usr/lib/aarch64-linux-gnu/libblas.so.3',
    linkname: 'blas/libblas.so.3',
  })
  expect(linkFor('usr/bin/python3.11')).toEqual({ name: 'usr/bin/python3', linkname: 'python3.11' })
  expect(linkFor('usr/lib/x86_64-linux-gnu/libm.so.6')).toBeUndefined()
})

test('libquadmath is a package on amd64 only', () => {
  expect(pythonPackages('x64')).toContain('libquadmath0')
  expect(pythonPackages('arm64')).not.toContain('libquadmath0')
})

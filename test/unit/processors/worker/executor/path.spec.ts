import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import {
  containerPath,
  entryPath,
  foldersAbove,
  within,
} from '../../../../../processors/worker/executor/path.ts'

describe('the name of an archive entry', () => {
  test('becomes a path relative to its mount', () => {
    expect(entryPath('./')).toBeUndefined()
    expect(entryPath('./a.dcm')).toBe('a.dcm')
    expect(entryPath('./CT//1.2.3/./a b æ.dcm')).toBe('CT/1.2.3/a b æ.dcm')
    expect(entryPath('./..hidden/a..b')).toBe('..hidden/a..b')
    expect(entryPath('./back\\slash')).toBe('back\\slash')
  })

  test.each([
    '../a',
    './a/../../b',
    '/etc/passwd',
    './a/..',
    'a\u0000b',
    'a\nb',
    'a\u007f',
    'not utf-8 \uFFFD',
  ])('%j is refused', (name) => {
    expect(() => entryPath(name)).toThrow(
      expect.objectContaining({ code: 'RD_MODEL_FAILED', facts: { kind: 'output' } }),
    )
  })

  test('is refused when a file system or an object key cannot carry it', () => {
    expect(entryPath('é'.repeat(127))).toBeDefined()
    expect(() => entryPath('é'.repeat(128))).toThrow(/800 bytes/)
    expect(entryPath('abc/'.repeat(199) + 'abcd')).toHaveLength(800)
    expect(() => entryPath('abc/'.repeat(200) + 'a')).toThrow(/800 bytes/)
  })

  test('never leaves the mount, whatever it is, and is never told', () => {
    const part = fc.oneof(fc.constantFrom('.', '..', '', '/', 'a'), fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const name = parts.join('/')
        let path: string | undefined
        try {
          path = entryPath(name)
        } catch (error) {
          expect((error as Error).message).not.toContain('\u0000')
          return
        }
        if (path === undefined) return
        expect(path.startsWith('/')).toBe(false)
        for (const one of path.split('/')) expect(['', '.', '..']).not.toContain(one)
      }),
    )
  })
})

test('a path in a container is absolute and never the root', () => {
  expect(containerPath('/a//b/../c/')).toBe('/a/c')
  for (const path of ['relative', '/', '/a/..', '']) expect(() => containerPath(path)).toThrow(/not a path/)
})

test('a path lies within a folder, not beside one whose name begins alike', () => {
  expect(within('/a', '/a')).toBe('')
  expect(within('/a', '/a/b/c')).toBe('b/c')
  expect(within('/a', '/ab')).toBeUndefined()
})

test('the folders above a path come outermost first', () => {
  expect(foldersAbove('a/b/c')).toEqual(['a', 'a/b'])
  expect(foldersAbove('a')).toEqual([])
})

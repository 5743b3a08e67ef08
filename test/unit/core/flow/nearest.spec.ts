import { expect, test } from 'vitest'
import { nearest } from '../../../../core/flow/nearest.ts'

const keys = ['name', 'version', 'priority', 'triggers', 'models', 'destinations', 'host', 'tar_subdir']

test.each([
  ['nmae', 'name'],
  ['Name', 'name'],
  ['trigger', 'triggers'],
  ['pirority', 'priority'],
  ['tar-subdir', 'tar_subdir'],
  ['hostname', 'host'],
  ['zzz', undefined],
  ['', undefined],
])('%j was meant to be %j', (word, meant) => expect(nearest(word, keys)).toBe(meant))

import { expect, test } from 'vitest'
import { bytesOf } from '../../../../core/flow/bytes.ts'

test.each([
  [1024, 1024],
  [-1, -1],
  ['512', 512],
  ['10b', 10],
  ['64k', 65_536],
  ['512m', 536_870_912],
  ['512 MB', 536_870_912],
  ['1.5g', 1_610_612_736],
  ['2T', 2_199_023_255_552],
])('docker-py takes %s as %d bytes', (size, bytes) => {
  expect(bytesOf(size)).toBe(bytes)
})

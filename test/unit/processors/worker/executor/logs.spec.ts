import { expect, test } from 'vitest'
import { lastBytes, lastLines } from '../../../../../processors/worker/executor/logs.ts'

const lines = (log: string, count: number) => lastLines(Buffer.from(log), count).toString()

test('the last lines of a log, with or without an end of line at its end', () => {
  expect(lines('a\nb\nc\n', 2)).toBe('b\nc\n')
  expect(lines('a\nb\nc', 2)).toBe('b\nc')
  expect(lines('a\nb\nc\n', 3)).toBe('a\nb\nc\n')
  expect(lines('a\nb\nc\n', 9)).toBe('a\nb\nc\n')
  expect(lines('\n\n\n', 2)).toBe('\n\n')
  expect(lines('', 2)).toBe('')
})

test('a log that is too long begins with a whole line, below one that says so', () => {
  const cut = lastBytes(Buffer.from('first\nsecond\nthird\n'), 9).toString()
  expect(cut).toBe('[the beginning was left out]\nthird\n')
})

import { describe, expect, test } from 'vitest'
import { gone, news } from '../../../../producers/flows/changes.ts'
import { type Source, flowsOf } from '../../../../producers/flows/read.ts'

const good = (name: string): string => `name: ${name}\ntriggers: [{Modality: [CT]}]\n`
const filesOf = (texts: Readonly<Record<string, string>>) => {
  const sources = Object.entries(texts).map(([file, text]): Source => ({ file, path: `flows/${file}`, text }))
  return { now: flowsOf(sources), files: new Map(Object.entries(texts)) }
}
const brought = new Map([['a', { file: 'a.yaml', hash: '' }]])
const goneFrom = (texts: Readonly<Record<string, string>>): readonly string[] => {
  const { now, files } = filesOf(texts)
  return gone(brought, now, files)
}

describe('a flow that was applied has no file any more', () => {
  test('where that was removed', () => expect(goneFrom({ 'b.yaml': good('b') })).toEqual(['a']))
  test('where another name is in it now', () => expect(goneFrom({ 'a.yaml': good('b') })).toEqual(['a']))
  test('but not where it was moved', () => expect(goneFrom({ 'sub/c.yaml': good('a') })).toEqual([]))
  test('nor where it has become wrong', () => expect(goneFrom({ 'a.yaml': 'triggers: []' })).toEqual([]))
  test('nor where two have its name', () =>
    expect(goneFrom({ 'a.yaml': good('a'), 'b.yaml': good('a') })).toEqual([]))
})

describe('problems', () => {
  const { now } = filesOf({ 'a.yaml': 'triggers: []', 'b.yaml': 'priority: 9' })
  test('are news the first time only', () => {
    expect(news([], now.problems)).toHaveLength(3)
    expect(news(now.problems, now.problems)).toEqual([])
    expect(news(now.problems.slice(1), now.problems)).toEqual([now.problems[0]])
  })
})

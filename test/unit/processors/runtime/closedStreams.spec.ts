import { expect, test } from 'vitest'
import { ClosedStreams } from '../../../../processors/runtime/closedStreams.ts'

test('the oldest are forgotten when there are more than a thousand of a topic', () => {
  const closed = new ClosedStreams()
  for (let i = 0; i < 1000; i++) expect(closed.add(`run ${i}`, 'runs', 5)).toEqual([])
  expect(closed.add('run 1000', 'runs', 5)).toEqual(['run 0'])
})

test('heartbeats do not crowd runs out', () => {
  const closed = new ClosedStreams()
  closed.add('run', 'runs', 5)
  const gone = Array.from({ length: 5000 }, (_, i) => closed.add(`beat ${i}`, 'workers', 1)).flat()
  expect(gone).toHaveLength(4000)
  expect(gone).not.toContain('run')
})

test('the oldest are forgotten when they hold more than twenty thousand events, the youngest never', () => {
  const closed = new ClosedStreams()
  closed.add('a', 'arrivals', 15_000)
  expect(closed.add('b', 'arrivals', 6000)).toEqual(['a'])
  expect(closed.add('c', 'arrivals', 30_000)).toEqual(['b'])
  expect(closed.add('d', 'arrivals', 1)).toEqual(['c'])
})

test('a stream that was opened again counts no more', () => {
  const closed = new ClosedStreams()
  closed.add('a', 'arrivals', 15_000)
  closed.remove('a', 'arrivals')
  expect(closed.add('b', 'arrivals', 15_000)).toEqual([])
})

import { expect, test } from 'vitest'
import { timelineOf } from '../../../../projections/overview/timeline.ts'
import { type EventRow } from '../../../../projections/runtime/eventRow.ts'

const row = (id: string, time: number, topic: string, offset: number, causationId = id): EventRow => ({
  id,
  topic,
  partition: 0,
  offset,
  type: id,
  time: new Date(time).toISOString(),
  stream: 's',
  causationId,
  correlationId: 'c',
  source: '/test',
  traceparent: null,
  payload: {},
})
const told = (...rows: readonly EventRow[]): readonly string[] => timelineOf(rows).map(({ id }) => id)

test('events are told by time', () =>
  expect(told(row('b', 2, 'runs', 0), row('a', 1, 'deliveries', 0))).toEqual(['a', 'b']))

test('what follows within one millisecond comes after what led to it', () =>
  expect(told(row('queued', 1, 'deliveries', 0, 'finished'), row('finished', 1, 'runs', 5))).toEqual([
    'finished',
    'queued',
  ]))

test('a clock that is behind does not put the effect before its cause', () =>
  expect(told(row('effect', 1, 'runs', 0, 'cause'), row('cause', 9, 'bundles', 0))).toEqual([
    'cause',
    'effect',
  ]))

test('the order of a partition stays, whatever the clocks say', () =>
  expect(told(row('second', 1, 'runs', 7), row('first', 9, 'runs', 6))).toEqual(['first', 'second']))

test('a circle of causes, which nobody should write, ends', () =>
  expect(told(row('a', 1, 'x', 0, 'b'), row('b', 1, 'y', 0, 'a')).toSorted()).toEqual(['a', 'b']))

test('fifty thousand events of one partition, their clock running backwards, are told in their order', () => {
  const many = Array.from({ length: 50_000 }, (_, index) =>
    row(`e${index}`, 50_000 - index, 'arrivals', index),
  )
  expect(timelineOf(many)).toEqual(many)
})

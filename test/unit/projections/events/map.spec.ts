import { expect, test } from 'vitest'
import { map } from '../../../../projections/events/map.ts'
import { an } from '../../../support/events.ts'
import { deadLettered } from '../../../support/story.ts'

test('an event keeps its position, its meta data and its payload', () => {
  const event = an.associationClosed()
  expect(map(event)).toEqual({
    table: 'events',
    key: { id: event.meta.id },
    set: {
      ...event.at,
      type: 'AssociationClosed',
      time: event.meta.time,
      stream: 'association-1',
      causation_id: event.meta.causationId,
      correlation_id: event.meta.correlationId,
      source: '/test',
      payload: event.data,
      traceparent: event.meta.traceparent,
    },
  })
})

test('an event of a type nobody knows here is kept without its payload', () => {
  const { stream, meta, at } = an.associationClosed()
  expect(map({ unknown: 'AssociationMoved', stream, meta, at }).set).toMatchObject({
    type: 'AssociationMoved',
    stream: 'association-1',
    payload: null,
  })
})

test('the bytes of a dead letter are written as base64', () =>
  expect(map(deadLettered(1)).set).toMatchObject({ payload: { key: 'a2V5', value: 'AP8=' } }))

test.each(['now', 'yesterday', '2026-01-01', ''])('%o is no time of an event', (time) => {
  const event = an.associationClosed()
  expect(() => map({ ...event, meta: { ...event.meta, time } })).toThrow('no time')
})

import { describe, expect, test } from 'vitest'
import { byTime, dataOf, lineOf } from '../../../../../app/cli/events/record.ts'
import { placeOf } from '../../../../../app/cli/events/show.ts'
import { topicNamed } from '../../../../../app/cli/events/tail.ts'
import { RadDeployError } from '../../../../../core/error/error.ts'
import { type Decoded } from '../../../../../infra/kafka/codec.ts'
import { an } from '../../../../support/events.ts'

const event = an.runFinished()
const at = { topic: 'raddeploy.runs', partition: 1, offset: 7n }
const unknown: Decoded = { unknown: 'RunPaused', stream: 's', meta: event.meta, at }
const undecodable = {
  undecodable: new RadDeployError('RD_EVENT_UNDECODABLE', 'record raddeploy.runs/1@7 cannot be decoded'),
  at,
} as Decoded

describe('a record of the log', () => {
  test('that is an event is shown with its meta data and fields', () => {
    expect(dataOf(event)).toMatchObject({ type: 'RunFinished', ...event.meta, data: event.data })
    expect(lineOf(event, undefined)).toMatch(/^runs\/\d@\d+ .* RunFinished +flowName=/)
  })
  test('of a later version is shown without what it says', () => {
    expect(dataOf(unknown)).toMatchObject({ type: 'RunPaused', data: null, at: { offset: 7 } })
    expect(lineOf(unknown, undefined)).toContain('RunPaused          (not known to this version)')
  })
  test('that is none says why', () => {
    expect(dataOf(undecodable)).toEqual({
      at: { topic: 'raddeploy.runs', partition: 1, offset: 7 },
      error: 'record raddeploy.runs/1@7 cannot be decoded',
    })
    expect(lineOf(undecodable, undefined)).toContain('cannot be decoded')
  })
})

test('records are ordered by time, then by place', () => {
  const later = an.runFinished()
  const same = { ...event, at: { ...event.at, offset: event.at.offset + 100n } }
  expect([later, same, event].sort(byTime)).toEqual([event, same, later])
})

describe('a position', () => {
  test('may be written with or without the prefix of its topic', () => {
    expect(placeOf('runs/1@7')).toEqual(at)
    expect(placeOf('raddeploy.runs/1@7')).toEqual(at)
  })
  test('is not an id', () => expect(placeOf('2a8bc65c-bb86-52d9-8248-e05e0640afe4')).toBeUndefined())
  test('is on a topic that there is', () =>
    expect(() => placeOf('walks/1@7')).toThrow(/no topic walks; there are .*runs/))
})

test('a topic is known by its short name, too', () => expect(topicNamed('runs')).toBe('raddeploy.runs'))

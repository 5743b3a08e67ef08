import { describe, expect, test } from 'vitest'
import { type Pauses } from '../../../../processors/scu/pauses.ts'
import { scu } from '../../../../processors/scu/index.ts'
import { type Delivery } from '../../../../processors/scu/state.ts'
import { an } from '../../../support/events.ts'
import { spec } from '../../../support/spec.ts'

const { decider } = scu({ attempt: () => Promise.reject(new Error('no attempt is made here')) })
const none: Pauses = new Map()
const { given } = spec(decider, none)
const due = (state: Delivery): readonly string[] => decider.pending!(state, none).map(({ key }) => key)
const queued = an.deliveryQueued({}, { time: '2026-01-01T00:00:00.000Z' })
const refused = an.deliveryAttempted(
  { attempt: 1, succeeded: 0, notAttempted: 1, error: 'connection refused' },
  { time: '2026-01-01T00:00:01.000Z' },
)
const timerAt = (time: string) =>
  an.timerFired({ processor: 'scu', stream: 'delivery-1', dueAt: Date.parse(time) })
const timer = timerAt('2026-01-01T00:00:10.000Z')

describe('the SCU', () => {
  test('sends as soon as a delivery is queued', () =>
    expect(due(given(queued).state())).toEqual(['delivery-1/1']))

  test('a delivery is finished when every instance is acknowledged', () =>
    given(queued)
      .when(an.deliveryAttempted({ succeeded: 2, warned: 1 }))
      .then({
        type: 'DeliveryFinished',
        data: { deliveryId: 'delivery-1', runId: 'run-1', instances: 3, warned: 1 },
      }))

  test('a delivery is finished though its results could not be kept', () => {
    const attempted = an.deliveryAttempted({ succeeded: 2, code: 'RD_S3_UNAVAILABLE', error: 'it is away' })
    given(queued)
      .when(attempted)
      .then({ type: 'DeliveryFinished', data: { instances: 2 } })
    expect(decider.wakeAt!(given(queued, attempted).state())).toBeUndefined()
  })

  test('gives up at once when all that is left is no DICOM, and says how much', () => {
    const left = { attempt: 1, failed: 2, code: 'RD_DICOM_UNREADABLE', error: 'not DICOM: 2 of 3 files' }
    given(queued)
      .when(an.deliveryAttempted(left))
      .then({
        type: 'DeliveryFailed',
        data: {
          attempts: 1,
          reason: 'not DICOM: 2 of 3 files; no attempt can send them: correct the model',
        },
      })
    expect(decider.wakeAt!(given(queued, an.deliveryAttempted(left)).state())).toBeUndefined()
    given(queued)
      .when(an.deliveryAttempted({ ...left, notAttempted: 1 }))
      .thenNothing()
  })

  test('a destination that refuses is tried again about five seconds later', () => {
    given(queued).when(refused).thenNothing()
    const waiting = given(queued, refused).state()
    expect(due(waiting)).toEqual([])
    const pause = decider.wakeAt!(waiting)! - Date.parse(refused.meta.time)
    expect(pause).toBeGreaterThanOrEqual(4000)
    expect(pause).toBeLessThanOrEqual(6000)
    const again = given(queued, refused, timer).state()
    expect(due(again)).toEqual(['delivery-1/2'])
    expect(decider.wakeAt!(again)).toBeUndefined()
  })

  test('a restart that reads the timer before the attempt it followed knows that the next one is due', () => {
    const state = given(queued, timer, refused).state()
    expect(due(state)).toEqual(['delivery-1/2'])
    expect(decider.wakeAt!(state)).toBeUndefined()
  })

  test('a restart that reads an old timer after a later attempt waits as before', () => {
    const second = an.deliveryAttempted(
      { attempt: 2, succeeded: 0, notAttempted: 1, error: 'connection refused' },
      { time: '2026-01-01T00:00:11.000Z' },
    )
    const wanted = given(queued, refused, timer, second).state()
    expect(due(given(queued, refused, second, timer).state())).toEqual([])
    for (const order of [
      [timer, refused, second],
      [refused, second, timer],
    ])
      expect(decider.wakeAt!(given(queued, ...order).state())).toBe(decider.wakeAt!(wanted))
  })

  test('an attempt that was already counted changes nothing', () =>
    given(queued, refused)
      .when(an.deliveryAttempted({ attempt: 1 }))
      .thenNothing())
})

describe('the deadline of a delivery', () => {
  const late = (hours: number) =>
    an.deliveryAttempted(
      { attempt: 1, succeeded: 0, failed: 1 },
      { time: new Date(Date.UTC(2026, 0, 1, hours)).toISOString() },
    )

  test('is 72 hours after it was queued, and then the SCU says that it gives up', () => {
    given(queued).when(late(71)).thenNothing()
    given(queued)
      .when(late(72))
      .then({ type: 'DeliveryFailed', data: { attempts: 1 } })
  })

  test('is what its destination says', () => {
    const { destination } = queued.data
    const soon = an.deliveryQueued(
      { destination: { ...destination, options: '{"deadline":3600}' } },
      { time: queued.meta.time },
    )
    given(soon)
      .when(late(1))
      .then({ type: 'DeliveryFailed', data: { attempts: 1 } })
  })
})

describe('a destination that is to commit itself', () => {
  const { destination } = queued.data
  const committing = an.deliveryQueued(
    { destination: { ...destination, options: '{"commitment":{"timeout":60}}' } },
    { time: '2026-01-01T00:00:00.000Z' },
  )

  test('has a delivery finished only when it has for every instance', () => {
    const taken = { succeeded: 2, warned: 1, committed: 2 }
    given(committing).when(an.deliveryAttempted(taken)).thenNothing()
    const waiting = given(committing, an.deliveryAttempted(taken)).state()
    expect(decider.wakeAt!(waiting)).toBeDefined()
    given(committing, an.deliveryAttempted(taken), timer)
      .when(an.deliveryAttempted({ ...taken, attempt: 2, committed: 3 }))
      .then({ type: 'DeliveryFinished', data: { instances: 3, attempts: 2 } })
  })

  test('and never does is given up with that reason', () =>
    given(committing)
      .when(an.deliveryAttempted({ succeeded: 3 }, { time: '2026-01-05T00:00:00.000Z' }))
      .then({
        type: 'DeliveryFailed',
        data: { reason: 'not every instance was committed to storage before the deadline' },
      }))
})

import { describe, expect, test } from 'vitest'
import { scu } from '../../../../processors/scu/index.ts'
import { an } from '../../../support/events.ts'
import { spec } from '../../../support/spec.ts'

const { decider } = scu({ attempt: () => Promise.reject(new Error('no attempt is made here')) })
const { given } = spec(decider)
const queued = an.deliveryQueued({}, { time: '2026-01-01T00:00:00.000Z' })
const refused = an.deliveryAttempted(
  { attempt: 1, succeeded: 0, notAttempted: 1, error: 'connection refused' },
  { time: '2026-01-01T00:00:01.000Z' },
)
const due = Date.parse('2026-01-01T00:00:06.000Z')
const timer = an.timerFired({ processor: 'scu', stream: 'delivery-1', dueAt: due })

describe('the SCU', () => {
  test('sends as soon as a delivery is queued', () =>
    expect(decider.pending!(given(queued).state(), undefined).map(({ key }) => key)).toEqual([
      'delivery-1/1',
    ]))

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

  test('a destination that refuses is tried again five seconds later', () => {
    given(queued).when(refused).thenNothing()
    const waiting = given(queued, refused).state()
    expect(decider.pending!(waiting, undefined)).toEqual([])
    expect(decider.wakeAt!(waiting)).toBe(due)
    const again = given(queued, refused, timer).state()
    expect(decider.pending!(again, undefined).map(({ key }) => key)).toEqual(['delivery-1/2'])
    expect(decider.wakeAt!(again)).toBeUndefined()
  })

  test.each([
    [1, 5],
    [2, 10],
    [5, 80],
    [20, 600],
  ])('after attempt %i it pauses for %i seconds', (attempt, seconds) => {
    const attempts = Array.from({ length: attempt }, (_, index) =>
      an.deliveryAttempted({ attempt: index + 1, failed: 1 }, { time: '2026-01-01T00:00:00.000Z' }),
    )
    const wake = decider.wakeAt!(given(queued, ...attempts).state())
    expect(wake).toBe(Date.parse('2026-01-01T00:00:00.000Z') + seconds * 1000)
  })

  test('gives up after 72 hours, and says so', () => {
    const late = an.deliveryAttempted({ attempt: 1, failed: 1 }, { time: '2026-01-04T00:00:00.000Z' })
    given(queued)
      .when(late)
      .then({ type: 'DeliveryFailed', data: { attempts: 1 } })
  })

  test('an attempt that was already counted changes nothing', () =>
    given(queued, refused)
      .when(an.deliveryAttempted({ attempt: 1 }))
      .thenNothing())
})

import { describe, expect, test } from 'vitest'
import { placeOf, transactionUid } from '../../../../core/delivery/transaction.ts'
import { type Pauses } from '../../../../processors/scu/pauses.ts'
import { scu } from '../../../../processors/scu/index.ts'
import { type Delivery } from '../../../../processors/scu/state.ts'
import { an } from '../../../support/events.ts'
import { spec } from '../../../support/spec.ts'

const { decider } = scu({ attempt: () => Promise.reject(new Error('no attempt is made here')) })
const none: Pauses = new Map()
const { given } = spec(decider, none)
const due = (state: Delivery): readonly string[] => decider.pending!(state, none).map(({ key }) => key)
const destination = {
  ...{ kind: 'dimse', host: 'archive', port: 104, aeTitle: 'ARCHIVE', url: null },
  options: '{"commitment":{"timeout":600}}',
}
const queued = an.deliveryQueued({ destination }, { time: '2026-01-01T00:00:00.000Z' })
const sent = an.deliveryAttempted({ succeeded: 3, committed: 0 }, { time: '2026-01-01T00:00:01.000Z' })
const asked = {
  deliveryId: '6f9a1f0e-8a53-5d0b-9c39-0b6d9c1d7a55',
  attempt: 1,
  place: placeOf('ARCHIVE@archive:104'),
}
const report = an.commitmentReported({ committed: 3, transactionUid: transactionUid(asked, 1) })

describe('a destination that is to commit itself', () => {
  test('has until its time-out to report; then it is asked again', () => {
    given(queued).when(sent).thenNothing()
    const waiting = given(queued, sent).state()
    expect(due(waiting)).toEqual([])
    expect(decider.wakeAt!(waiting)).toBe(Date.parse('2026-01-01T00:10:01.000Z'))
  })

  test('is heard at once when it reports', () =>
    expect(due(given(queued, sent, report).state())).toEqual(['delivery-1/2']))

  test('and it is finished when it has committed itself to all', () => {
    const heard = an.deliveryAttempted({ attempt: 2, succeeded: 3, committed: 3, reports: 1 })
    given(queued, sent, report)
      .when(heard)
      .then({ type: 'DeliveryFinished', data: { instances: 3 } })
    expect(due(given(queued, sent, report, heard).state())).toEqual([])
  })

  test('is heard, too, when it reports while the attempt is under way', () => {
    expect(due(given(queued, report).state())).toEqual(['delivery-1/1'])
    expect(due(given(queued, report, sent).state())).toEqual(['delivery-1/2'])
  })

  test('is not asked again at once for the rest of what it has begun to report', () => {
    const half = an.deliveryAttempted({ attempt: 2, succeeded: 3, committed: 1, reports: 1 })
    const waiting = given(queued, sent, report, half).state()
    expect(due(waiting)).toEqual([])
    expect(due(given(queued, sent, report, half, report).state())).toEqual(['delivery-1/3'])
  })

  test('says nothing of where the delivery went instead', () => {
    const to = { ...destination, host: 'elsewhere' }
    const redirected = an.deliveryRedirected({ destination: to })
    const state = given(queued, sent, redirected, report).state()
    expect(state.reports).toEqual([])
    expect(due(state)).toEqual(['delivery-1/2 to ARCHIVE@elsewhere:104'])
  })

  test('says nothing of what was dropped', () => {
    const dropped = an.deliveryDropped()
    expect(due(given(queued, sent, dropped, report).state())).toEqual([])
  })
})

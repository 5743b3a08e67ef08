import { describe, expect, test } from 'vitest'
import { progressed } from '../../../../core/delivery/progress.ts'
import { type Recorded } from '../../../../core/event/event.ts'
import { scu } from '../../../../processors/scu/index.ts'
import { type Delivery, attemptsOf } from '../../../../processors/scu/state.ts'
import { an, object } from '../../../support/events.ts'
import { spec } from '../../../support/spec.ts'
import { deliveryEnd } from '../../../support/story.ts'

const { decider } = scu({ attempt: () => Promise.reject(new Error('no attempt is made here')) })
const { given } = spec(decider, new Map())
const due = (state: Delivery): readonly string[] => decider.pending!(state, new Map()).map(({ key }) => key)

const pacs = { kind: 'dimse', host: 'pacs', port: 104, aeTitle: 'PACS', url: null, options: '{}' }
const queued = an.deliveryQueued({}, { time: '2026-01-01T00:00:00.000Z' })
const half = an.deliveryAttempted(
  { attempt: 1, succeeded: 1, failed: 1, results: object('results/1') },
  { time: '2026-01-03T00:00:00.000Z' },
)
const failed = deliveryEnd('DeliveryFailed', 'delivery-1', 'run-1', 1)
const finished = deliveryEnd('DeliveryFinished', 'delivery-1', 'run-1', 1)
const dropped = an.deliveryDropped()
const retry = an.retryRequested({ by: 'anna', reason: 'the archive is up again' })
const redirect = an.redirectRequested({ destination: pacs })
const drop = an.dropRequested({ by: 'anna', reason: 'wrong patient' })
/** What is on the log of the delivery, as whoever gives a command finds it. */
const found = (...events: Recorded<'DeliveryQueued' | 'DeliveryAttempted'>[]) =>
  events.reduce(progressed, undefined)!
/** The answer of the SCU to a command, as it comes to stand on the log. */
const answered = (command: Recorded, ...before: readonly Recorded[]): Recorded => {
  const [fact] = given(...before).when(command).facts
  if (fact?.type === 'DeliveryReopened')
    return an.deliveryReopened(fact.data, { time: '2026-01-04T00:00:00.000Z' })
  if (fact?.type === 'DeliveryRedirected')
    return an.deliveryRedirected(fact.data, { time: '2026-01-04T00:00:00.000Z' })
  if (fact?.type === 'DeliveryDropped') return an.deliveryDropped(fact.data)
  throw new Error('nothing was answered')
}

describe('a delivery that is to be tried again', () => {
  test.each([
    ['failed', [queued, half, failed]],
    ['was dropped', [queued, half, dropped]],
    ['waits for its back-off', [queued, half]],
  ])('and %s is due at once, by whom and why', (_, before) => {
    given(...before)
      .when(retry)
      .then({
        type: 'DeliveryReopened',
        data: { deliveryId: 'delivery-1', runId: 'run-1', by: 'anna', reason: 'the archive is up again' },
      })
    const state = given(...before, retry, answered(retry, ...before)).state()
    expect(due(state)).toEqual(['delivery-1/2'])
    expect(state.results).toEqual(object('results/1'))
    expect(decider.isOpen(state, 'delivery-1')).toBe(true)
  })

  test('has its whole deadline before it, and its back-off begins anew', () => {
    const reopened = answered(retry, queued, half, failed)
    const again = an.deliveryAttempted(
      { attempt: 2, succeeded: 1, failed: 1 },
      { time: '2026-01-06T23:00:00.000Z' },
    )
    given(queued, half, failed, reopened).when(again).thenNothing()
    const pause = decider.wakeAt!(given(queued, half, failed, reopened, again).state())!
    expect(pause - Date.parse(again.meta.time)).toBeLessThanOrEqual(6000)
    given(queued, half, failed, reopened)
      .when(
        an.deliveryAttempted({ attempt: 2, succeeded: 1, failed: 1 }, { time: '2026-01-07T00:00:00.000Z' }),
      )
      .then({ type: 'DeliveryFailed', data: { attempts: 2 } })
  })

  test('and is finished, or has all acknowledged, is left as it is', () => {
    const all = an.deliveryAttempted()
    given(queued, all, finished).when(retry).thenNothing()
    given(queued, all).when(retry).thenNothing()
    given(queued, all, finished).when(redirect).thenNothing()
    given(queued, all, finished).when(drop).thenNothing()
    expect(due(given(queued, all, finished, an.deliveryReopened()).state())).toEqual([])
  })

  test('is not given up by whoever had not seen yet that it is', () => {
    const before = [queued, half]
    const reopened = answered(retry, ...before)
    expect(due(given(...before, reopened, failed).state())).toEqual(['delivery-1/2'])
  })

  test('goes on with the attempt that is under way, and is counted from there', () => {
    expect(due(given(queued, answered(retry, queued)).state())).toEqual(['delivery-1/1'])
  })
})

describe('a delivery that was forgotten since it ended', () => {
  const delivery = found(queued, half)

  test('is what the command says of it', () => {
    given()
      .when(an.retryRequested({ delivery }))
      .then({ type: 'DeliveryReopened', data: { runId: 'run-1', delivery } })
    given()
      .when(an.redirectRequested({ delivery, destination: pacs }))
      .then({ type: 'DeliveryRedirected', data: { delivery: { ...delivery, destination: pacs } } })
    given()
      .when(an.dropRequested({ delivery }))
      .then({ type: 'DeliveryDropped', data: { runId: 'run-1' } })
    given().when(retry).thenNothing()
  })

  test('goes on from where it was, wherever on the log a restart begins', () => {
    const reopened = answered(an.retryRequested({ delivery }))
    const history = [queued, half, failed, reopened]
    const states = history.map((_, from) => given(...history.slice(from)).state())
    for (const state of states) {
      expect(due(state)).toEqual(['delivery-1/2'])
      expect(attemptsOf(state)).toBe(1)
      expect(state.results).toEqual(object('results/1'))
      expect(state.queued!.data).toEqual(queued.data)
    }
  })
})

describe('a delivery that is redirected', () => {
  test.each([
    ['failed', [queued, half, failed]],
    ['waits', [queued, half]],
  ])('and %s sends what is left to the other place at once', (_, before) => {
    const redirected = answered(redirect, ...before)
    const state = given(...before, redirected).state()
    expect(due(state)).toEqual(['delivery-1/2 to PACS@pacs:104'])
    expect(state.queued!.data.destination).toEqual(pacs)
    expect(state.results).toEqual(object('results/1'))
  })

  test('breaks off the attempt that is under way', () => {
    const redirected = answered(redirect, queued)
    expect(due(given(queued).state())).toEqual(['delivery-1/1'])
    expect(due(given(queued, redirected).state())).toEqual(['delivery-1/1 to PACS@pacs:104'])
  })

  test('counts an attempt that had come to its end before, and makes the next at once', () => {
    const redirected = answered(redirect, queued)
    const there = an.deliveryAttempted({ ...half.data, destination: 'TPS@tps:104' })
    given(queued, redirected).when(there).thenNothing()
    const state = given(queued, redirected, there).state()
    expect(due(state)).toEqual(['delivery-1/2 to PACS@pacs:104'])
    expect(state.results).toEqual(object('results/1'))
    const here = an.deliveryAttempted({ ...half.data, attempt: 2, destination: 'PACS@pacs:104' })
    expect(due(given(queued, redirected, there, here).state())).toEqual([])
  })

  test('is finished where all was acknowledged before', () => {
    const redirected = answered(redirect, queued)
    given(queued, redirected)
      .when(an.deliveryAttempted({ destination: 'TPS@tps:104' }))
      .then({ type: 'DeliveryFinished', data: { attempts: 1 } })
  })
})

describe('a delivery that is dropped', () => {
  test.each([
    ['under way', [queued]],
    ['waiting', [queued, half]],
    ['failed', [queued, half, failed]],
  ])('while it is %s is over, by whom and why', (_, before) => {
    given(...before)
      .when(drop)
      .then({ type: 'DeliveryDropped', data: { runId: 'run-1', by: 'anna', reason: 'wrong patient' } })
    const state = given(...before, answered(drop, ...before)).state()
    expect(due(state)).toEqual([])
    expect(decider.wakeAt!(state)).toBeUndefined()
    expect(decider.isOpen(state, 'delivery-1')).toBe(false)
  })

  test('stays so, whatever comes of the attempt that was under way; but that is known when it is tried again', () => {
    given(queued, dropped).when(an.deliveryAttempted()).thenNothing()
    given(queued, dropped).when(half).thenNothing()
    given(queued, dropped).when(drop).thenNothing()
    const state = given(queued, dropped, half, answered(retry, queued, dropped, half)).state()
    expect(due(state)).toEqual(['delivery-1/2'])
    expect(state.results).toEqual(object('results/1'))
  })

  test('after it was finished is finished: what has arrived has arrived', () => {
    const all = an.deliveryAttempted()
    for (const end of [
      [dropped, finished],
      [finished, dropped],
    ])
      expect(given(queued, all, ...end).state().ended).toBe('finished')
  })
})

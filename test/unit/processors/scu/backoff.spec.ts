import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Recorded } from '../../../../core/event/event.ts'
import { defaultBackoff, pauseAfter } from '../../../../processors/scu/backoff.ts'
import { scu } from '../../../../processors/scu/index.ts'
import { type Delivery } from '../../../../processors/scu/state.ts'
import { an } from '../../../support/events.ts'

test.each([
  [1, 5],
  [2, 10],
  [5, 80],
  [20, 600],
])('after attempt %i it pauses for %i seconds, a fifth more or less', (attempt, seconds) => {
  const pauses = Array.from(
    { length: 200 },
    (_, n) => pauseAfter(attempt, `delivery-${n}`, defaultBackoff) / 1000,
  )
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(seconds * 0.8)
  expect(Math.max(...pauses)).toBeLessThanOrEqual(seconds * 1.2)
  // They are spread: not all that waits for one destination comes at once.
  expect(Math.max(...pauses) - Math.min(...pauses)).toBeGreaterThan(seconds * 0.3)
})

test('the pause of one attempt at one delivery is the same whoever computes it', () =>
  expect(pauseAfter(3, 'delivery-1', defaultBackoff)).toBe(pauseAfter(3, 'delivery-1', defaultBackoff)))

const hour = 3_600_000
const { decider } = scu({ attempt: () => Promise.reject(new Error('no attempt is made here')) })

/** Lives through an outage with the clock of the events alone: when each attempt was made, and how it ended. */
const liveThrough = (deliveryId: string, outageMs: number) => {
  const began = Date.UTC(2026, 0, 1)
  let now = began
  let state: Delivery = decider.initial
  const take = (event: Recorded) => {
    state = decider.evolve(state, event as Parameters<typeof decider.evolve>[1])
    return decider.decide(state, event as Parameters<typeof decider.decide>[1], new Map())
  }
  const time = () => ({ time: new Date(now).toISOString() })
  take(an.deliveryQueued({ deliveryId }, time()))
  const attempts: number[] = []
  for (;;) {
    expect(decider.pending!(state, new Map())).toHaveLength(1)
    attempts.push(now - began)
    const isDown = now - began < outageMs
    const outcome = isDown ? { succeeded: 0, notAttempted: 1, error: 'connection refused' } : {}
    const [end] = take(an.deliveryAttempted({ deliveryId, attempt: attempts.length, ...outcome }, time()))
    if (end) return { attempts, end: end.type }
    now = decider.wakeAt!(state)!
    take(an.timerFired({ processor: 'scu', stream: deliveryId, dueAt: now }, time()))
  }
}

test('a destination that is down for a day gets its delivery soon after it is up, and is not asked too often', () =>
  fc.assert(
    fc.property(fc.uuid(), (deliveryId) => {
      const { attempts, end } = liveThrough(deliveryId, 24 * hour)
      expect(end).toBe('DeliveryFinished')
      // seven in the first ten minutes or so, then one every ten
      expect(attempts.length).toBeGreaterThan((24 * hour) / 720_000)
      expect(attempts.length).toBeLessThan((24 * hour) / 480_000 + 8)
      expect(attempts.at(-1)! - 24 * hour).toBeLessThan(720_000)
      attempts.slice(1).forEach((at, n) => expect(at).toBeGreaterThan(attempts[n]!))
    }),
    { numRuns: 25 },
  ))

test('a destination that is down for longer than the deadline is given up, and not before it', () => {
  const { attempts, end } = liveThrough('delivery-1', 100 * hour)
  expect(end).toBe('DeliveryFailed')
  expect(attempts.at(-1)).toBeGreaterThanOrEqual(72 * hour)
  expect(attempts.at(-1)).toBeLessThan(72 * hour + 720_000)
})

import { describe, expect, test } from 'vitest'
import { type Recorded } from '../../../../core/event/event.ts'
import { scu } from '../../../../processors/scu/index.ts'
import { type Pauses, evolvePauses, isPaused } from '../../../../processors/scu/pauses.ts'
import { an } from '../../../support/events.ts'
import { spec } from '../../../support/spec.ts'

const { decider } = scu({ attempt: () => Promise.reject(new Error('no attempt is made here')) })
const name = 'TPS@tps:104'
const at = (day: number, hour = 0): { time: string } => ({
  time: new Date(Date.UTC(2026, 0, day, hour)).toISOString(),
})
const after = (...events: readonly Recorded[]): Pauses => events.reduce<Pauses>(evolvePauses, new Map())
const paused = (day: number) => an.destinationPaused({}, at(day))
const resumed = (day: number) => an.destinationResumed({}, at(day))
const queued = an.deliveryQueued({}, at(1))
const refused = (day: number, hour = 0) =>
  an.deliveryAttempted({ attempt: 1, succeeded: 0, failed: 1 }, at(day, hour))

describe('a destination that is paused', () => {
  const pending = (pauses: Pauses) => decider.pending!(spec(decider, pauses).given(queued).state(), pauses)

  test('has nothing begun; what is under way goes on', () => {
    expect(pending(after())).toMatchObject([{ key: 'delivery-1/1' }])
    expect(pending(after())[0]!.held).toBeUndefined()
    expect(pending(after(paused(2)))).toMatchObject([{ key: 'delivery-1/1', held: true }])
    expect(pending(after(paused(2), resumed(3)))[0]!.held).toBeUndefined()
  })

  test('does not keep others from theirs', () => {
    const other = an.destinationPaused({ destination: 'PACS@pacs:104' }, at(2))
    expect(pending(after(other))[0]!.held).toBeUndefined()
  })

  test('is paused until it is resumed, however often either is said', () => {
    expect(isPaused(after(resumed(1)), name)).toBe(false)
    expect(isPaused(after(paused(1), paused(2), resumed(3)), name)).toBe(false)
    expect(isPaused(after(paused(1), resumed(2), resumed(3), paused(4)), name)).toBe(true)
  })
})

describe('the time a delivery has', () => {
  const attempted = (pauses: Pauses, day: number, hour = 0) =>
    spec(decider, pauses).given(queued).when(refused(day, hour))

  test('does not run while its destination is paused, nor is it given up then', () => {
    attempted(after(), 4).then({ type: 'DeliveryFailed', data: {} })
    attempted(after(paused(2)), 9).thenNothing()
    attempted(after(paused(2), resumed(5)), 6, 23).thenNothing()
    attempted(after(paused(2), resumed(5)), 7).then({ type: 'DeliveryFailed', data: {} })
  })

  test('is the same whether a destination was paused once or several times, before or since', () => {
    const often = after(paused(2), resumed(3), paused(4), resumed(5))
    attempted(often, 5, 23).thenNothing()
    attempted(often, 6).then({ type: 'DeliveryFailed', data: {} })
    const before = after(an.destinationPaused({}, { time: '2025-12-01T00:00:00.000Z' }), resumed(2))
    attempted(before, 4).thenNothing()
    attempted(before, 5).then({ type: 'DeliveryFailed', data: {} })
  })
})

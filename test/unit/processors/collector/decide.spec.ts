import { describe, expect, test } from 'vitest'
import { type Recorded } from '../../../../core/event/event.ts'
import { bundleClosed, waitsForBundle } from '../../../../processors/collector/decide.ts'
import { evolve } from '../../../../processors/collector/evolve.ts'
import { nothingCollected } from '../../../../processors/collector/state.ts'
import { an, object } from '../../../support/events.ts'

const collected = (...events: readonly Recorded[]) =>
  events.reduce((state, event) => evolve(state, event as Parameters<typeof evolve>[1]), nothingCollected)
const two = [
  an.associationOpened(),
  an.instanceStored({ ordinal: 1, sopInstanceUid: '1.2.3' }),
  an.instanceStored({ ordinal: 2, sopInstanceUid: '1.2.4' }),
]

describe('the collector', () => {
  test('makes one bundle of a released association, with its instances in their order', () => {
    const state = collected(...two, an.associationClosed({ stored: 2 }))
    expect(waitsForBundle(state)).toBe(true)
    expect(state.instances.map(({ sopInstanceUid }) => sopInstanceUid)).toEqual(['1.2.3', '1.2.4'])
    expect(bundleClosed(state, object('m')).data).toMatchObject({
      complete: true,
      instances: 2,
      bundleId: 'association-1',
    })
  })

  test.each(['aborted', 'lost'] as const)('an association that was %s leaves an incomplete bundle', (how) => {
    const state = collected(...two, an.associationClosed({ how, stored: 2 }))
    expect(bundleClosed(state, object('m')).data).toMatchObject({
      complete: false,
      reason: `association ${how}`,
    })
  })

  test('a bundle is incomplete while instances that were counted are not on the log', () => {
    const state = collected(...two, an.associationClosed({ stored: 3 }))
    expect(bundleClosed(state, object('m')).data).toMatchObject({
      complete: false,
      reason: '2 of 3 instances are on the log',
    })
  })

  test('a C-ECHO leaves no bundle', () => {
    expect(waitsForBundle(collected(an.associationOpened(), an.associationClosed({ stored: 0 })))).toBe(false)
  })

  test('an association that is open has no bundle yet, and one that is bundled gets no second', () => {
    expect(waitsForBundle(collected(...two))).toBe(false)
    expect(waitsForBundle(collected(...two, an.associationClosed({ stored: 2 }), an.bundleClosed()))).toBe(
      false,
    )
  })

  test('of two ends of an association the first holds', () => {
    const state = collected(
      ...two,
      an.associationClosed({ how: 'released', stored: 2 }),
      an.associationClosed({ how: 'lost' }),
    )
    expect(bundleClosed(state, object('m')).data.complete).toBe(true)
  })
})

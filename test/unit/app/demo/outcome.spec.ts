import { describe, expect, test } from 'vitest'
import { isOnTheWay, ofRun, outcomeOf, stuckAt } from '../../../../app/demo/outcome.ts'
import { an, recorded } from '../../../support/events.ts'

const flow = 'ct-to-rtstruct'
const created = an.runCreated({ runId: 'ours', flowName: flow })
const other = an.runCreated({ runId: 'other', flowName: 'five-folds' })
const finished = (runId: string) =>
  recorded({
    type: 'DeliveryFinished',
    stream: `delivery of ${runId}`,
    data: { deliveryId: `delivery of ${runId}`, runId, attempts: 1, instances: 1, warned: 0 },
  })

describe('a study that was pushed', () => {
  test('has not ended while its run goes on', () => expect(outcomeOf([created], flow)).toBeUndefined())

  test('is delivered when the delivery of its run is finished', () =>
    expect(outcomeOf([created, finished('ours')], flow)).toEqual({ end: 'delivered', runId: 'ours' }))

  test('fares as its own flow says, whatever else runs on it', () => {
    const failed = an.runFailed({ runId: 'other', flowName: 'five-folds' })
    expect(outcomeOf([other, created, failed, finished('other')], flow)).toBeUndefined()
  })

  test('has failed where its run failed, with the reason', () => {
    const failed = an.runFailed({ runId: 'ours', name: 'contour', reason: 'exit: 3' })
    expect(outcomeOf([created, failed], flow)).toEqual({
      end: 'failed',
      runId: 'ours',
      reason: 'contour: exit: 3',
    })
  })

  test('matches nothing only when a whole bundle of it did', () => {
    const broken = an.bundleClosed({ bundleId: 'b1', complete: false })
    const unmatched = an.bundleUnmatched({ bundleId: 'b1' })
    expect(outcomeOf([broken, unmatched], flow)).toBeUndefined()
    const whole = an.bundleClosed({ bundleId: 'b2', complete: true })
    expect(outcomeOf([broken, unmatched, whole], flow)).toBeUndefined()
    expect(outcomeOf([whole, an.bundleUnmatched({ bundleId: 'b2' })], flow)?.end).toBe('unmatched')
  })
})

describe('a study that does not arrive', () => {
  test('is stuck at its furthest event, and it is said whose turn it is', () => {
    const queued = an.modelQueued({ runId: 'ours' })
    const beat = an.workerHeartbeat()
    const place = `${queued.at.topic}/${queued.at.partition}@${queued.at.offset}`
    expect(stuckAt([created, queued, an.bundleClosed(), beat])).toBe(
      `the last event is ModelQueued (${place}); next is the dispatcher: no worker has a free slot, or none runs`,
    )
  })
  test('is stuck at the destination with what that said', () =>
    expect(stuckAt([an.deliveryAttempted({ error: 'connect ECONNREFUSED' })])).toContain(
      'the scu: it will try again (connect ECONNREFUSED)',
    ))
  test('may not have come at all', () => expect(stuckAt([])).toContain('next is the scp'))
})

test('the history of a run has none of the runs of other flows', () => {
  const queuedOther = an.deliveryQueued({ deliveryId: 'd2', runId: 'other' })
  const events = [
    an.bundleClosed(),
    created,
    other,
    an.deliveryQueued({ deliveryId: 'd1', runId: 'ours' }),
    queuedOther,
    an.deliveryAttempted({ deliveryId: 'd1' }),
    an.deliveryAttempted({ deliveryId: 'd2' }),
  ]
  expect(ofRun(events, 'ours').map(({ type }) => type)).toEqual([
    'BundleClosed',
    'RunCreated',
    'DeliveryQueued',
    'DeliveryAttempted',
  ])
})

test('timers and heartbeats do not happen to a study', () => {
  expect(isOnTheWay(an.timerFired())).toBe(false)
  expect(isOnTheWay(an.workerHeartbeat())).toBe(false)
})

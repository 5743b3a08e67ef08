import { expect, test } from 'vitest'
import { deliveries } from '../../../../projections/deliveries/index.ts'
import { an, object } from '../../../support/events.ts'
import { projectionSpec } from '../../../support/projectionSpec.ts'
import { deliveryEnd } from '../../../support/story.ts'

const { given } = projectionSpec(deliveries)
const failed = deliveryEnd('DeliveryFailed', 'delivery-1', 'run-1', 2)
const soFar = {
  ...{ runId: 'run-1', flowName: 'flow', files: an.deliveryQueued().data.files, lineage: [], sender: null },
  ...{ input: null, destination: an.deliveryQueued().data.destination, results: object('results') },
}

test('a delivery says where it goes', () =>
  given(an.deliveryQueued()).then('deliveries', {
    ...{ host: 'tps', port: 104, ae_title: 'TPS', destination: 'TPS@tps:104', files: 1 },
  }))

test('each attempt is a row, and the first report of it holds', () =>
  given(
    an.deliveryAttempted({ attempt: 1, error: 'refused', code: 'RD_DICOM_REJECTED' }),
    an.deliveryAttempted({ attempt: 1, error: null, code: null }),
    an.deliveryAttempted({ attempt: 2, destination: 'PACS@pacs:104', committed: 1, ruleSetHash: 'rules' }),
  ).then(
    'delivery_attempts',
    { attempt: 1, error: 'refused' },
    { attempt: 2, succeeded: 1, destination: 'PACS@pacs:104', committed: 1, rule_set_hash: 'rules' },
  ))

test('what is finished stays so, whatever else is said', () => {
  const finished = deliveryEnd('DeliveryFinished', 'delivery-1', 'run-1', 1)
  const again = deliveryEnd('DeliveryFinished', 'delivery-1', 'run-1', 9)
  given(an.deliveryQueued(), finished, failed, again).then('deliveries', {
    finished_at: finished.meta.time,
    instances: 1,
  })
})

test('a failure says after how many attempts, and why', () =>
  given(an.deliveryQueued(), failed).then('deliveries', {
    ...{ failed_at: failed.meta.time, failed_attempts: 2 },
    failed_reason: 'not acknowledged before the deadline',
  }))

test('a delivery that is opened again is neither failed nor dropped, and says by whom and why', () => {
  const dropped = an.deliveryDropped({ by: 'anna', reason: 'wrong patient' })
  given(an.deliveryQueued(), failed, dropped).then('deliveries', {
    ...{ dropped_by: 'anna', dropped_reason: 'wrong patient' },
  })
  const reopened = an.deliveryReopened({ reason: 'it is up', delivery: { ...soFar, attempts: 2 } })
  const events = [an.deliveryQueued(), failed, dropped, reopened]
  given(...events).thenUnset('deliveries', 'failed_at', 'failed_attempts', 'dropped_at', 'dropped_by')
  given(...events).then('deliveries', {
    ...{ reopened_at: reopened.meta.time, reopened_by: 'anna', reopened_reason: 'it is up', opened_after: 2 },
  })
})

test('a delivery that is redirected says where to, and where it was to go at first', () => {
  const redirected = an.deliveryRedirected({ delivery: { ...soFar, attempts: 1 } })
  given(an.deliveryQueued(), failed, redirected).then('deliveries', {
    ...{ destination: 'TPS@tps:104', redirected_to: 'PACS@pacs:104', redirected_kind: 'dimse' },
    ...{ redirected_by: 'anna', opened_after: 1 },
  })
  given(an.deliveryQueued(), failed, redirected).thenUnset('deliveries', 'failed_at')
})

test('a destination is paused by whom, since when and why, until it is resumed', () => {
  const paused = an.destinationPaused({ reason: 'maintenance' })
  given(paused).then('destinations', {
    ...{ destination: 'TPS@tps:104', paused_at: paused.meta.time, paused_by: 'anna' },
    paused_reason: 'maintenance',
  })
  given(paused, an.destinationResumed()).thenUnset('destinations', 'paused_at', 'paused_by', 'paused_reason')
})

test('all that is said of deliveries and destinations is read', () =>
  expect(deliveries.reads.filter((type) => !/^(Delivery|Destination)/.test(type))).toEqual([]))

import { test } from 'vitest'
import { deliveries } from '../../../../projections/deliveries/index.ts'
import { an } from '../../../support/events.ts'
import { projectionSpec } from '../../../support/projectionSpec.ts'
import { deliveryEnd } from '../../../support/story.ts'

const { given } = projectionSpec(deliveries)

test('a delivery says where it goes', () =>
  given(an.deliveryQueued()).then('deliveries', { host: 'tps', port: 104, ae_title: 'TPS', files: 1 }))

test('each attempt is a row, and the first report of it holds', () =>
  given(
    an.deliveryAttempted({ attempt: 1, error: 'refused', code: 'RD_DICOM_REJECTED' }),
    an.deliveryAttempted({ attempt: 1, error: null, code: null }),
    an.deliveryAttempted({ attempt: 2 }),
  ).then('delivery_attempts', { attempt: 1, error: 'refused' }, { attempt: 2, succeeded: 1 }))

test('of two ends of a delivery the first holds', () => {
  const finished = deliveryEnd('DeliveryFinished', 'delivery-1', 'run-1', 1)
  const failed = deliveryEnd('DeliveryFailed', 'delivery-1', 'run-1', 1)
  given(an.deliveryQueued(), finished, failed).then('deliveries', { outcome: 'finished', instances: 1 })
  given(an.deliveryQueued(), finished, failed).thenUnset('deliveries', 'reason')
  given(an.deliveryQueued(), failed, finished).then('deliveries', { outcome: 'failed' })
})

import { test } from 'vitest'
import { instances } from '../../../../projections/instances/index.ts'
import { an } from '../../../support/events.ts'
import { projectionSpec } from '../../../support/projectionSpec.ts'
import { instanceRefused } from '../../../support/story.ts'

const { given } = projectionSpec(instances)

test('each instance of an association is a row', () =>
  given(
    an.instanceStored({ ordinal: 1, sopInstanceUid: '1.1' }),
    an.instanceStored({ ordinal: 2, sopInstanceUid: '1.2' }),
  ).then('instances', { ordinal: 1, sop_instance_uid: '1.1' }, { ordinal: 2, sop_instance_uid: '1.2' }))

test('an instance of which the content is known says so, whoever sent it', () => {
  const content = { sopInstanceUid: '1.1', datasetSha256: 'abc' }
  given(
    an.instanceStored({ ordinal: 1, ...content }),
    an.instanceStored({ ordinal: 2, ...content }),
    an.instanceStored({ ordinal: 3, sopInstanceUid: '1.1', datasetSha256: null }),
  ).then(
    'instances',
    { ordinal: 1, dataset_sha256: 'abc' },
    { ordinal: 2, dataset_sha256: 'abc' },
    { ordinal: 3, sop_instance_uid: '1.1' },
  )
})

test('a refused instance says what its sender was told', () =>
  given(instanceRefused({ associationId: 'association-1', ordinal: 1 })).then('instances', {
    status: 'refused',
    dimse_status: 0xc000,
    error_code: 'RD_DICOM_UNREADABLE',
  }))

test('an instance that is stored is not refused afterwards', () => {
  const both = given(
    an.instanceStored({ ordinal: 1 }),
    instanceRefused({ associationId: 'association-1', ordinal: 1 }),
  )
  both.then('instances', { status: 'stored', object_key: 'instances/1' })
  both.thenUnset('instances', 'dimse_status', 'error_code', 'reason')
})

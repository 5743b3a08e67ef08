import { test } from 'vitest'
import { associations } from '../../../../projections/associations/index.ts'
import { an } from '../../../support/events.ts'
import { projectionSpec } from '../../../support/projectionSpec.ts'

const { given } = projectionSpec(associations)

test('an association is open until it is closed', () => {
  given(an.associationOpened()).then('associations', { calling_ae: 'SCANNER', calling_host: '10.0.0.1' })
  given(an.associationOpened()).thenUnset('associations', 'closed_at', 'how')
})

test('an association keeps who opened it when it is closed', () =>
  given(an.associationOpened(), an.associationClosed({ stored: 7 })).then('associations', {
    association_id: 'association-1',
    calling_ae: 'SCANNER',
    how: 'released',
    stored: 7,
  }))

test('the first end of an association holds', () =>
  given(
    an.associationOpened(),
    an.associationClosed({ how: 'lost', reason: 'process gone', stored: 2 }),
    an.associationClosed({ how: 'released', reason: null, stored: 3 }),
  ).then('associations', { how: 'lost', reason: 'process gone', stored: 2 }))

test('an association keeps its way in, how it was secured, and what it may trigger', () =>
  given(
    an.associationOpened({ via: 'stow-rs', tls: 'TLSv1.3', clientCertificate: 'ab', flows: ['lung-*'] }),
  ).then('associations', { via: 'stow-rs', tls: 'TLSv1.3', client_certificate: 'ab', flows: ['lung-*'] }))

test('one that was refused is kept apart, with the reject reason', () => {
  given(an.associationRefused()).then('association_refusals', {
    ...{ calling_ae: 'SCANNER', calling_host: '10.0.0.1', called_ae: 'RADDEPLOY', via: 'dimse' },
    ...{ result: 1, source: 1, diagnostic: 7, reason: 'there is no such AE title here' },
  })
  given(an.associationRefused()).then('associations')
})

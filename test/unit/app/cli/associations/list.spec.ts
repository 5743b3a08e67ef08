import { expect, test } from 'vitest'
import { associationsText, refusalsText } from '../../../../../app/cli/associations/list.ts'
import { type RefusalRow } from '../../../../../projections/associations/queries.ts'
import { type AssociationRow } from '../../../../../projections/overview/rows.ts'

const association = (changes: Partial<AssociationRow>): AssociationRow => ({
  ...{ associationId: 'a', status: 'released', callingAe: 'CT1', callingHost: '10.0.0.1', calledAe: 'LUNG' },
  ...{ via: 'dimse', tls: null, clientCertificate: null, flows: null, reason: null, durationMs: 10 },
  ...{ openedAt: '2026-01-01T10:00:00.000Z', closedAt: '2026-01-01T10:00:01.000Z' },
  ...{ instancesStored: 3, instancesRefused: 0, bytes: 9, modalities: ['CT'], runs: 1 },
  ...{ bundleId: 'a', bundleComplete: true, bundleStatus: 'matched', unmatchedReason: null },
  ...changes,
})
/** The cells of a line; what is empty at its end is not there. */
const cells = (text: string): readonly string[] => text.split('\n')[1]!.split(/ {2,}/)

test.each([
  [{}, ['dimse', 'released', '3', '0', 'matched', '1']],
  [{ tls: 'TLSv1.3', via: 'stow-rs' }, ['stow-rs TLSv1.3', 'released', '3', '0', 'matched', '1']],
  [
    { bundleStatus: 'unmatched', unmatchedReason: 'no flow matches', runs: 0 },
    ['dimse', 'released', '3', '0', 'unmatched', '0', 'no flow matches'],
  ],
  [
    {
      ...{ status: 'lost', bundleComplete: false, bundleStatus: 'unmatched', runs: 0 },
      reason: 'gone',
      unmatchedReason: 'incomplete: association lost',
    },
    ['dimse', 'lost', '3', '0', 'incomplete', '0', 'incomplete: association lost'],
  ],
  [
    { status: 'lost', bundleComplete: false, reason: 'gone' },
    ['dimse', 'lost', '3', '0', 'incomplete, matched', '1', 'gone'],
  ],
  [
    { instancesStored: 0, bundleComplete: null, bundleStatus: null, runs: 0 },
    ['dimse', 'released', '0', '0', '-', '0'],
  ],
] as const)(
  'an association is a line: who, by what way, how it ended, what became of it: %j',
  (changes, expected) =>
    expect(cells(associationsText([association(changes)]))).toEqual([
      ...['2026-01-01 10:00:00Z', 'CT1@10.0.0.1', 'LUNG', ...expected],
    ]),
)

const refusal: RefusalRow = {
  ...{ refusalId: 'r', refusedAt: '2026-01-01T10:00:00.000Z', callingAe: 'CT1', callingHost: '10.0.0.1' },
  ...{
    calledAe: 'LUNG',
    scp: 'ward',
    via: 'dimse',
    result: 1,
    source: 1,
    diagnostic: 3,
    reason: 'not allowed',
    tls: null,
  },
}

test.each([
  [{}, ['dimse', '1/1/3', 'not allowed']],
  [
    { via: 'stow-rs', result: 0, source: 0, diagnostic: 403, tls: 'TLSv1.2' },
    ['stow-rs TLSv1.2', '403', 'not allowed'],
  ],
])('a refusal is a line with its answer: %j', (changes, expected) =>
  expect(cells(refusalsText([{ ...refusal, ...changes }]))).toEqual([
    ...['2026-01-01 10:00:00Z', 'CT1@10.0.0.1', 'LUNG', ...expected],
  ]),
)

import { expect, test } from 'vitest'
import { deliveriesText, noteOf } from '../../../../../app/cli/deliveries/list.ts'
import { type DeliveryRow } from '../../../../../projections/runtime/deliveryRow.ts'

const row = (changes: Partial<DeliveryRow> = {}): DeliveryRow => ({
  ...{ deliveryId: '0123456789', status: 'pending', runId: 'abcdefghij', flowName: 'contour' },
  ...{ correlationId: 'association-1', kind: 'dimse', host: 'tps', port: 104, aeTitle: 'TPS', url: null },
  ...{ destination: 'TPS@tps:104', sendsTo: 'TPS@tps:104', files: 3, bytes: 9, manifestKey: 'key' },
  ...{ redirectedAt: null, redirectedBy: null, redirectedReason: null },
  ...{ queuedAt: '2026-01-01T10:00:00.000Z', endedAt: null, durationMs: null, attempts: 2, succeeded: 1 },
  ...{
    lastWarned: null,
    lastAttemptAt: null,
    lastErrorCode: null,
    lastError: null,
    reason: null,
    droppedBy: null,
  },
  ...{ reopenedAt: null, reopenedBy: null, reopenedReason: null },
  ...{ pausedAt: null, pausedBy: null, pausedReason: null },
  ...changes,
})

test('a delivery is a line: what goes where, and how far it has come', () =>
  expect(deliveriesText([row()]).split('\n')[1]!.split(/ {2,}/)).toEqual([
    ...['01234567', 'contour', 'abcdefgh', 'TPS@tps:104', '2026-01-01 10:00:00Z', '1/3', '2', 'pending'],
  ]))

test('what was acknowledged with a warning was sent, too', () =>
  expect(deliveriesText([row({ lastWarned: 2 })])).toContain('3/3'))

test.each<[string, Partial<DeliveryRow>]>([
  ['', {}],
  ['connection refused', { lastError: 'connection refused' }],
  ['', { status: 'finished', lastError: 'an earlier one' }],
  ['given up at the deadline', { status: 'failed', reason: 'given up at the deadline', lastError: 'no' }],
  ['by anna: wrong patient', { status: 'dropped', droppedBy: 'anna', reason: 'wrong patient' }],
  ['by anna', { status: 'dropped', droppedBy: 'anna' }],
  [
    'paused 2026-01-01 11:00:00Z by anna: maintenance; connection refused',
    {
      ...{ pausedAt: '2026-01-01T11:00:00.000Z', pausedBy: 'anna', pausedReason: 'maintenance' },
      lastError: 'connection refused',
    },
  ],
  [
    'redirected from TPS@tps:104 by bert',
    { sendsTo: 'PACS@pacs:104', redirectedAt: '2026-01-01T11:00:00.000Z', redirectedBy: 'bert' },
  ],
])('the note says "%s"', (note, changes) => expect(noteOf(row(changes))).toBe(note))

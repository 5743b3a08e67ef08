import { expect, test } from 'vitest'
import { historyText } from '../../../../../app/cli/flows/history.ts'
import { type FlowChange } from '../../../../../projections/flows/history.ts'

const none = { version: null, hash: null, file: null, reason: null, eventId: 'e' }

test('the history of a flow is a line for each change, with what flows show takes', () => {
  const changes: FlowChange[] = [
    { ...none, change: 'paused', time: '2026-01-02T10:00:00.000Z', by: 'anna', reason: 'too slow' },
    {
      ...{ ...none, change: 'defined', time: '2026-01-01T10:00:00.000Z', by: 'bob' },
      ...{ version: '1.2', hash: '0123456789abcdef'.repeat(4), file: 'flow.yaml' },
    },
  ]
  expect(historyText(changes)).toBe(
    [
      'when                  what     version  hash          by    file       reason',
      '2026-01-02 10:00:00Z  paused   -        -             anna  -          too slow',
      '2026-01-01 10:00:00Z  defined  1.2      0123456789ab  bob   flow.yaml',
    ].join('\n'),
  )
})

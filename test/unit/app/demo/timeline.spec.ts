import { expect, test } from 'vitest'
import { timeline } from '../../../../app/demo/timeline.ts'
import { an } from '../../../support/events.ts'

const time = '2026-01-01T10:00:00.000Z'

test('the history of a study has each event once, in order, and of many instances the first and the last', () => {
  const instances = [1, 2, 3, 4].map((ordinal) =>
    an.instanceStored({ ordinal, sopInstanceUid: `2.25.${ordinal}` }, { time }),
  )
  const closed = an.associationClosed({}, { time })
  const opened = an.associationOpened({}, { time })
  const bundle = an.bundleClosed({}, { time })
  const lines = timeline([bundle, closed, ...instances, instances[3]!, opened], undefined).split('\n')
  expect(lines.map((line) => /[A-Z]\w+d\b|… \d more/.exec(line)?.[0])).toEqual([
    undefined,
    'AssociationOpened',
    'InstanceStored',
    '… 2 more',
    'InstanceStored',
    'AssociationClosed',
    'BundleClosed',
  ])
  expect(lines[2]).toContain('ordinal=1')
  expect(lines[4]).toContain('ordinal=4')
})

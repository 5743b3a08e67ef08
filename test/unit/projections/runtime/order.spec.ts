import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Recorded } from '../../../../core/event/event.ts'
import { projections } from '../../../../projections/index.ts'
import { type RowChange } from '../../../../projections/runtime/projection.ts'
import { an } from '../../../support/events.ts'
import { interleaving } from '../../../support/interleaving.ts'
import { folded } from '../../../support/projectionSpec.ts'
import {
  actedOnStory,
  flowDefined,
  flowRetired,
  gatheredStory,
  story,
  workerLeft,
} from '../../../support/story.ts'

const log: readonly Recorded[] = [
  ...story({ name: 'one', instances: 2, flows: 2, lost: true, failed: false, attempts: 2 }),
  ...story({ name: 'two', instances: 1, flows: 1, lost: false, failed: true, attempts: 1 }),
  ...story({ name: 'three', instances: 1, flows: 0, lost: false, failed: false, attempts: 1 }),
  ...gatheredStory('four'),
  ...actedOnStory('acted-on'),
  flowDefined('flow-0'),
  flowRetired('flow-0'),
  an.workerJoined(),
  workerLeft('worker-1'),
]
const changes = (events: readonly Recorded[]): readonly RowChange[] =>
  events.flatMap((event) =>
    projections.list.filter(({ reads }) => reads.includes(event.type)).flatMap((one) => one.map(event)),
  )

test('the rows are the same however the partitions are interleaved', () => {
  const rows = folded(changes(log))
  fc.assert(
    fc.property(interleaving(log), (order) => {
      expect(folded(changes(order))).toEqual(rows)
    }),
  )
})

test('every table of the list has rows in this test', () =>
  expect(Object.keys(folded(changes(log))).toSorted()).toEqual([
    'associations',
    'bundle_matches',
    'bundles',
    'deliveries',
    'delivery_attempts',
    'destinations',
    'flows',
    'instances',
    'models',
    'runs',
    'workers',
  ]))

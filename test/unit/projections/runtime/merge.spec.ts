import fc from 'fast-check'
import { expect, test } from 'vitest'
import { projections } from '../../../../projections/index.ts'
import { merged, rowOf } from '../../../../projections/runtime/merge.ts'
import { type RowChange } from '../../../../projections/runtime/projection.ts'
import { folded } from '../../../support/projectionSpec.ts'

const value = fc.option(fc.nat(3))
/** Changes of a table with one free column and two groups that exclude what comes after. */
const change: fc.Arbitrary<RowChange> = fc.record({
  table: fc.constant('t'),
  key: fc.record({ id: fc.nat(2) }),
  set: fc.oneof(fc.constant({}), fc.record({ free: value })),
  once: fc.oneof(
    fc.constant({}),
    fc.record({ begun: fc.record({ begun: fc.nat(3), by: value }) }),
    fc.record({ ended: fc.record({ ended: fc.nat(3), well: value }) }),
    fc.record({ ended: fc.record({ ended: fc.nat(3), reason: value }) }),
  ),
})

test('changes merged by row do what they do one by one, on whatever row they meet', () =>
  fc.assert(
    fc.property(fc.array(change), fc.array(change), (before, changes) => {
      expect(folded([...before, ...merged(changes)])).toEqual(folded([...before, ...changes]))
    }),
  ))

test('a group whose own column stays null is refused', () =>
  expect(() => merged([{ table: 't', key: { id: 1 }, once: { ended: { well: true } } }])).toThrow('ended'))

test('rows of different tables and keys are different rows', () => {
  const names = [
    { table: 'a', key: { id: 'x' } },
    { table: 'b', key: { id: 'x' } },
    { table: 'a', key: { id: 'x', n: 1 } },
    { table: 'a', key: { id: 'x', n: 11 } },
  ].map(rowOf)
  expect(new Set(names).size).toBe(names.length)
})

test('every projection has a name of its own', () => {
  const names = [projections.ledger, ...projections.list].map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
})

import fc from 'fast-check'
import { type Position } from '../../core/event/event.ts'
import { placeOf } from '../../projections/runtime/positions.ts'

/** The records in any order that keeps the order within each partition: all that a reader can see. */
export const interleaving = <R extends { readonly at: Position }>(
  records: readonly R[],
): fc.Arbitrary<readonly R[]> => {
  const turns = records.map(({ at }) => placeOf(at))
  return fc.shuffledSubarray(turns, { minLength: turns.length }).map((order) => {
    const waiting = new Map<string, R[]>()
    for (const record of records)
      waiting.set(placeOf(record.at), [...(waiting.get(placeOf(record.at)) ?? []), record])
    return order.map((place) => waiting.get(place)!.shift()!)
  })
}

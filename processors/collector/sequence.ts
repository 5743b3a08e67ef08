/** Items in their order, to which one can be added without a copy of those before it. */
export type Sequence<T> =
  { readonly last: T; readonly before: Sequence<T>; readonly length: number } | undefined

/** How many items there are. */
export const lengthOf = (sequence: Sequence<unknown>): number => sequence?.length ?? 0

/** The sequence with one more item at its end. */
export const append = <T>(before: Sequence<T>, last: T): Sequence<T> => ({
  last,
  before,
  length: lengthOf(before) + 1,
})

/** All items, first to last. */
export const itemsOf = <T>(sequence: Sequence<T>): readonly T[] => {
  const items = new Array<T>(lengthOf(sequence))
  for (let rest = sequence; rest; rest = rest.before) items[rest.length - 1] = rest.last
  return items
}

import fc from 'fast-check'

/** One change to some bytes. `at` is a place as a part of their length, so that it fits bytes of any length. */
type Mutation =
  | { readonly do: 'flip'; readonly at: number; readonly mask: number }
  | { readonly do: 'cut'; readonly at: number }
  | { readonly do: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly do: 'remove'; readonly at: number; readonly length: number }
  | { readonly do: 'repeat'; readonly at: number; readonly length: number }
  | { readonly do: 'number'; readonly at: number; readonly value: number; readonly littleEndian: boolean }

/** Lengths that somebody might believe. */
const lengths = [0, 1, 2, 3, 5, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]

const at = fc.double({ min: 0, max: 1, noNaN: true })
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ do: fc.constant('flip' as const), at, mask: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ do: fc.constant('cut' as const), at }),
  fc.record({ do: fc.constant('insert' as const), at, bytes: fc.uint8Array({ maxLength: 40 }) }),
  fc.record({ do: fc.constant('remove' as const), at, length: fc.nat(64) }),
  fc.record({ do: fc.constant('repeat' as const), at, length: fc.nat(512) }),
  fc.record({
    ...{ do: fc.constant('number' as const), at, littleEndian: fc.boolean() },
    value: fc.constantFrom(...lengths),
  }),
)

const apply = (bytes: Buffer, change: Mutation): Buffer => {
  const place = Math.floor(change.at * bytes.length)
  const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)]
  switch (change.do) {
    case 'cut':
      return before
    case 'insert':
      return Buffer.concat([before, change.bytes, after])
    case 'remove':
      return Buffer.concat([before, after.subarray(change.length)])
    case 'repeat':
      return Buffer.concat([before, after.subarray(0, change.length), after])
    case 'flip': {
      const copy = Buffer.from(bytes)
      if (place < copy.length) copy[place]! ^= change.mask
      return copy
    }
    case 'number': {
      const copy = Buffer.from(bytes)
      if (place + 4 <= copy.length)
        if (change.littleEndian) copy.writeUInt32LE(change.value, place)
        else copy.writeUInt32BE(change.value, place)
      return copy
    }
  }
}

/** Bytes with up to a few changes; now and then with none. */
export const mutated = (bytes: fc.Arbitrary<Buffer>, most = 4): fc.Arbitrary<Buffer> =>
  fc
    .tuple(bytes, fc.array(mutation, { maxLength: most }))
    .map(([whole, changes]) => changes.reduce(apply, whole))

/** The same bytes in pieces, cut at these places. */
export const pieces = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const places = [...new Set(cuts.map((cut) => Math.floor(cut * bytes.length)))].sort((a, b) => a - b)
  return [...places, bytes.length].map((end, index) => bytes.subarray(places[index - 1] ?? 0, end))
}
/** Places to cut at. */
export const cuts = fc.array(at, { maxLength: 6 })

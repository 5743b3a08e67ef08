import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { mutated } from './mutations.ts'

/** How a data set is written. */
export interface Written {
  readonly syntax: string
  readonly implicitVr: boolean
  readonly littleEndian: boolean
}
const syntaxes: readonly Written[] = [
  { syntax: '1.2.840.10008.1.2', implicitVr: true, littleEndian: true },
  { syntax: '1.2.840.10008.1.2.1', implicitVr: false, littleEndian: true },
  { syntax: '1.2.840.10008.1.2.2', implicitVr: false, littleEndian: false },
  { syntax: '1.2.840.10008.1.2.1.99', implicitVr: false, littleEndian: true },
]
const long = ['OB', 'OW', 'SQ', 'UN', 'UT', 'UC']

type Node =
  | { readonly tag: readonly [number, number]; readonly vr: string; readonly value: Uint8Array }
  | {
      readonly tag: readonly [number, number]
      readonly vr: string
      readonly isOpen: boolean
      readonly items: readonly (readonly Node[])[]
    }

const known: readonly (readonly [number, number])[] = [
  [0x0008, 0x0005],
  [0x0008, 0x0016],
  [0x0008, 0x0018],
  [0x0010, 0x0010],
  [0x0010, 0x0020],
  [0x0020, 0x000d],
  [0x3006, 0x0039],
  [0x7fe0, 0x0010],
]
const tag = fc.oneof(fc.constantFrom(...known), fc.tuple(fc.nat(0xffff), fc.nat(0xffff)))
const leaf = fc.record({
  tag,
  vr: fc.constantFrom(
    'UI',
    'LO',
    'PN',
    'DS',
    'IS',
    'US',
    'FD',
    'AT',
    'OB',
    'OW',
    'UN',
    'UT',
    'UC',
    '??',
    'CS',
  ),
  value: fc.uint8Array({ maxLength: 60 }),
})
const { elements } = fc.letrec<{ elements: Node[]; node: Node; sequence: Node }>((tie) => ({
  elements: fc.array(tie('node'), { maxLength: 6 }) as fc.Arbitrary<Node[]>,
  node: fc.oneof(
    { maxDepth: 5 },
    leaf as fc.Arbitrary<Node>,
    tie('sequence') as fc.Arbitrary<Node>,
  ) as fc.Arbitrary<Node>,
  sequence: fc.record({
    tag,
    vr: fc.constantFrom('SQ', 'UN', 'OB'),
    isOpen: fc.boolean(),
    items: fc.array(tie('elements'), { maxLength: 3 }),
  }) as fc.Arbitrary<Node>,
}))

const write = (nodes: readonly Node[], how: Written): Buffer => {
  const number = (size: 2 | 4, value: number): Buffer => {
    const bytes = Buffer.alloc(size)
    if (how.littleEndian) bytes.writeUIntLE(value, 0, size)
    else bytes.writeUIntBE(value, 0, size)
    return bytes
  }
  const head = ([group, element]: readonly [number, number], vr: string, length: number): Buffer =>
    Buffer.concat([
      number(2, group),
      number(2, element),
      how.implicitVr || group === 0xfffe
        ? number(4, length)
        : long.includes(vr)
          ? Buffer.concat([Buffer.from(vr, 'latin1'), Buffer.alloc(2), number(4, length)])
          : Buffer.concat([Buffer.from(vr, 'latin1'), number(2, length & 0xffff)]),
    ])
  return Buffer.concat(
    nodes.flatMap((node) => {
      if ('value' in node) return [head(node.tag, node.vr, node.value.length), Buffer.from(node.value)]
      const items = node.items.map((item) => write(item, how))
      const inner = Buffer.concat(
        items.flatMap((item) =>
          node.isOpen
            ? [head([0xfffe, 0xe000], '', 0xffffffff), item, head([0xfffe, 0xe00d], '', 0)]
            : [head([0xfffe, 0xe000], '', item.length), item],
        ),
      )
      return node.isOpen
        ? [head(node.tag, node.vr, 0xffffffff), inner, head([0xfffe, 0xe0dd], '', 0)]
        : [head(node.tag, node.vr, inner.length), inner]
    }),
  )
}

/** Sequences in sequences, deeper than anybody reads. */
const deep = (how: Written): Buffer => {
  let nodes: readonly Node[] = []
  for (let depth = 0; depth < 400; depth += 1)
    nodes = [{ tag: [0x0040, 0xa730], vr: 'SQ', isOpen: true, items: [nodes] }]
  return write(nodes, how)
}

/** A data set that somebody might have written, with changes, and how it was to be read. */
export const dataset: fc.Arbitrary<{ readonly bytes: Buffer; readonly how: Written }> = fc
  .constantFrom(...syntaxes)
  .chain((how) => {
    const plain = fc.oneof(
      { weight: 12, arbitrary: (elements as fc.Arbitrary<Node[]>).map((nodes) => write(nodes, how)) },
      fc.constant(deep(how)),
    )
    const changed = mutated(plain)
    const packed = how.syntax.endsWith('.99')
      ? mutated(
          changed.map((bytes) => Buffer.from(deflateRawSync(bytes))),
          2,
        )
      : changed
    return packed.map((bytes) => ({ bytes, how }))
  })

import { type Style, elementOf, itemOf, textValue, valueOf } from './write.ts'

/** Values that say nothing, by VR. A number is 0; bytes are as many zeros as one value has. */
const texts: Readonly<Record<string, string>> = {
  AE: 'ANONYMIZED',
  AS: '000Y',
  CS: 'ANONYMIZED',
  DA: '19000101',
  DS: '0',
  DT: '19000101000000',
  IS: '0',
  LO: 'ANONYMIZED',
  LT: 'ANONYMIZED',
  PN: 'ANONYMIZED',
  SH: 'ANONYMIZED',
  ST: 'ANONYMIZED',
  TM: '000000',
  UC: 'ANONYMIZED',
  UR: 'urn:anonymized',
  UT: 'ANONYMIZED',
}
const sizes: Readonly<Record<string, number>> = { AT: 4, OF: 4, OL: 4, OD: 8, OV: 8, OB: 2, OW: 2, UN: 2 }
const numberVrs = ['US', 'SS', 'UL', 'SL', 'UV', 'SV', 'FL', 'FD']

/** Where the standard lets only some texts stand. */
const ownTexts: ReadonlyMap<number, string> = new Map([
  // Reason for the Attribute Modification: COERCE or CORRECT (PS3.3, C.12.1.1.9).
  [0x04000565, 'CORRECT'],
])

/** A value of length that says nothing and fits its VR. */
export const dummyValue = (tag: number, vr: string, style: Style): Buffer => {
  const text = ownTexts.get(tag) ?? texts[vr]
  if (text !== undefined) return textValue(vr, text)
  return numberVrs.includes(vr) ? valueOf(vr, '0', style) : Buffer.alloc(sizes[vr] ?? 2)
}

type Item = readonly (readonly [tag: number, vr: string, value: string | readonly Item[]])[]

const codeOf = (value: string, meaning: string): Item => [
  [0x00080100, 'SH', value],
  [0x00080102, 'SH', 'DCM'],
  [0x00080104, 'LO', meaning],
]
const person: Item = codeOf('121025', 'Patient')

/** Sequences that must have an item, and one that says nothing. */
const items: ReadonlyMap<number, Item> = new Map<number, Item>([
  // Flow Identifier Sequence
  [
    0x00340001,
    [
      [0x00340002, 'OB', ''],
      [0x00340005, 'OB', ''],
    ],
  ],
  // Person Identification Code Sequence
  [0x00401101, person],
  // Verifying Observer Sequence
  [
    0x0040a073,
    [
      [0x0040a027, 'LO', 'ANONYMIZED'],
      [0x0040a030, 'DT', '19000101000000'],
      [0x0040a075, 'PN', 'ANONYMIZED'],
      [0x0040a088, 'SQ', []],
    ],
  ],
  // Content Sequence
  [
    0x0040a730,
    [
      [0x0040a010, 'CS', 'CONTAINS'],
      [0x0040a040, 'CS', 'TEXT'],
      [0x0040a043, 'SQ', [codeOf('121106', 'Comment')]],
      [0x0040a160, 'UT', 'ANONYMIZED'],
    ],
  ],
  // Graphic Annotation Sequence
  [
    0x00700001,
    [
      [0x00700002, 'CS', 'ANONYMIZED'],
      [
        0x00700009,
        'SQ',
        [
          [
            [0x00700005, 'CS', 'DISPLAY'],
            [0x00700020, 'US', '2'],
            [0x00700021, 'US', '1'],
            [0x00700022, 'FL', '0\\0'],
            [0x00700023, 'CS', 'POINT'],
          ],
        ],
      ],
    ],
  ],
])

/** A sequence of one item that says nothing; an empty one where none is known. */
export const dummySequence = (tag: number, style: Style): Buffer => {
  const item = items.get(tag)
  return item === undefined ? Buffer.alloc(0) : sequenceValue([item], style)
}

/** The value of a sequence of these items. */
export const sequenceValue = (content: readonly Item[], style: Style): Buffer =>
  Buffer.concat(
    content.map((item) =>
      itemOf(
        Buffer.concat(
          item.map(([tag, vr, value]) =>
            elementOf(
              tag,
              vr,
              typeof value !== 'string'
                ? sequenceValue(value, style)
                : value === ''
                  ? dummyValue(tag, vr, style)
                  : valueOf(vr, value, style),
              style,
            ),
          ),
        ),
        style,
      ),
    ),
  )

/** A code of the standard's own scheme as an item. */
export const dicomCode = codeOf

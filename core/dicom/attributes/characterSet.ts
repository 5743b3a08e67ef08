/**
 * Text by Specific Character Set (0008,0005): the defined terms of PS3.3, C.12.1.1.2 and the code
 * extensions of PS3.5, 6.1.2. A term or byte that is not known becomes Latin-1 or U+FFFD, never an error:
 * one odd letter must not hide the other elements.
 */

/** Defined term (without `ISO 2022 IR ` or `ISO_IR `) → label of the WHATWG Encoding Standard. */
const labels: Readonly<Record<string, string>> = {
  '6': 'latin1',
  '13': 'shift_jis',
  '58': 'gb2312',
  '87': 'iso-2022-jp',
  '100': 'latin1',
  '101': 'iso-8859-2',
  '109': 'iso-8859-3',
  '110': 'iso-8859-4',
  '126': 'iso-8859-7',
  '127': 'iso-8859-6',
  '138': 'iso-8859-8',
  '144': 'iso-8859-5',
  '148': 'latin5',
  '149': 'euc-kr',
  '159': 'jis-x-0212',
  '166': 'tis-620',
  '192': 'utf-8',
}

/** Escape sequence after ESC → label (PS3.3, tables C.12-3 and C.12-4). */
const escapeSequences: readonly (readonly [string, string])[] = [
  ['(B', 'latin1'],
  ['-A', 'latin1'],
  [')I', 'shift_jis'],
  ['(J', 'shift_jis'],
  ['$B', 'iso-2022-jp'],
  ['-B', 'iso-8859-2'],
  ['-C', 'iso-8859-3'],
  ['-D', 'iso-8859-4'],
  ['-F', 'iso-8859-7'],
  ['-G', 'iso-8859-6'],
  ['-H', 'iso-8859-8'],
  ['-L', 'iso-8859-5'],
  ['-M', 'latin5'],
  ['-T', 'tis-620'],
  ['$)C', 'euc-kr'],
  ['$(D', 'jis-x-0212'],
  ['$)A', 'gb2312'],
]

const standAlone = new Set(['utf-8', 'gb18030', 'gbk'])
const doubleByte = new Set(['iso-2022-jp', 'jis-x-0212'])

const labelOf = (term: string): string => {
  const name = term.trim().toUpperCase()
  if (name === '') return 'latin1'
  if (name === 'GB18030') return 'gb18030'
  if (name === 'GBK' || name === 'ISO 2022 GBK') return 'gbk'
  if (name === 'ISO 2022 58') return 'gb2312'
  // Misspellings such as ISO-IR 100 and ISO 2022-IR 100 are met in practice.
  const number = /^ISO(?:.IR|.2022.IR).(\d+)$/.exec(name)?.[1]
  return (number !== undefined && labels[number]) || 'latin1'
}

/** The encodings that the values of (0008,0005) name, the first being the one in force without an escape. */
export const encodingsOf = (terms: readonly string[]): readonly string[] => {
  const all = terms.length === 0 ? ['latin1'] : terms.map(labelOf)
  if (standAlone.has(all[0]!)) return [all[0]!]
  return all.filter((label) => !standAlone.has(label))
}

const decoders = new Map<string, InstanceType<typeof TextDecoder>>()
const decode = (bytes: Buffer, label: string): string => {
  // The Encoding Standard reads latin1 as windows-1252; DICOM's ISO_IR 100 has no letters in 80 to 9F.
  if (label === 'latin1') return bytes.toString('latin1')
  if (label === 'jis-x-0212')
    return decode(
      Buffer.from([...bytes].flatMap((byte, i) => (i % 2 ? [byte | 0x80] : [0x8f, byte | 0x80]))),
      'euc-jp',
    )
  const known = decoders.get(label)
  const decoder = known ?? new TextDecoder(label)
  if (known === undefined) decoders.set(label, decoder)
  return decoder.decode(bytes)
}

const isDelimiter = (byte: number): boolean =>
  byte === 0x0d || byte === 0x0a || byte === 0x09 || byte === 0x0c

/** A part that begins with ESC: its escape sequence holds up to the first delimiter. */
const decodeEscaped = (part: Buffer, encodings: readonly string[]): string => {
  const text = part.toString('latin1', 1, 4)
  const found = escapeSequences.find(([code]) => text.startsWith(code))
  const first = encodings[0]!
  if (found === undefined || !(encodings.includes(found[1]) || found[1] === 'latin1'))
    return decode(part, first)
  const [code, label] = found
  const rest = part.subarray(1 + code.length)
  if (label === 'iso-2022-jp') return decode(part, label)
  if (doubleByte.has(label)) return decode(rest, label)
  const stop = rest.findIndex(isDelimiter)
  if (stop < 0) return decode(rest, label)
  return decode(rest.subarray(0, stop), label) + decode(rest.subarray(stop), first)
}

/** The text of a value in the given encodings. */
export const decodeText = (bytes: Buffer, encodings: readonly string[]): string => {
  const first = encodings[0] ?? 'latin1'
  if (!bytes.includes(0x1b)) return decode(bytes, first)
  const starts = [0]
  for (let at = bytes.indexOf(0x1b); at >= 0; at = bytes.indexOf(0x1b, at + 1)) if (at > 0) starts.push(at)
  return starts
    .map((start, i) => bytes.subarray(start, starts[i + 1]))
    .map((part) => (part[0] === 0x1b ? decodeEscaped(part, encodings) : decode(part, first)))
    .join('')
}

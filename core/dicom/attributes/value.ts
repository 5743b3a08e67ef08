import { pythonBytes, pythonFloat, pythonString } from '../../python/literal.ts'
import { decodeText, encodingsOf } from './characterSet.ts'
import { nameOf, tagText } from './dictionary.ts'
import { type Element } from './elements.ts'

/** What an element's text depends on besides itself. */
export interface Surroundings {
  /** From Specific Character Set (0008,0005). */
  readonly encodings: readonly string[]
  /** Pixel Representation (0028,0103) is 1: ambiguous numbers are signed. */
  readonly signed: boolean
}

/** The values of an element, each as `str` and as `repr` would write it alone. */
interface Value {
  readonly str: string
  readonly repr: string
}

const numberReaders: Readonly<
  Record<string, (bytes: Buffer, at: number, little: boolean) => number | bigint>
> = {
  US: (b, at, little) => (little ? b.readUInt16LE(at) : b.readUInt16BE(at)),
  SS: (b, at, little) => (little ? b.readInt16LE(at) : b.readInt16BE(at)),
  UL: (b, at, little) => (little ? b.readUInt32LE(at) : b.readUInt32BE(at)),
  SL: (b, at, little) => (little ? b.readInt32LE(at) : b.readInt32BE(at)),
  UV: (b, at, little) => (little ? b.readBigUInt64LE(at) : b.readBigUInt64BE(at)),
  SV: (b, at, little) => (little ? b.readBigInt64LE(at) : b.readBigInt64BE(at)),
  FL: (b, at, little) => (little ? b.readFloatLE(at) : b.readFloatBE(at)),
  FD: (b, at, little) => (little ? b.readDoubleLE(at) : b.readDoubleBE(at)),
}
const numberSizes: Readonly<Record<string, number>> = {
  US: 2,
  SS: 2,
  UL: 4,
  SL: 4,
  UV: 8,
  SV: 8,
  FL: 4,
  FD: 8,
}
const byteVrs = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'UN', 'ox', 'lt'])
const singleTexts = new Set(['ST', 'LT', 'UT'])
const customTexts = new Set(['SH', 'LO', 'UC'])
/** Lookup table descriptors: a first value of 65,536 entries does not fit and must not come out negative. */
const descriptors = new Set([0x00281101, 0x00281102, 0x00281103, 0x00283002])
const shown = 16

const trimEnd = (text: string): string => text.replace(/[ \0]+$/, '')
const quoted = (text: string): Value => ({ str: text, repr: pythonString(text) })
const bare = (text: string): Value => ({ str: text, repr: text })
const isNumber = (text: string): boolean =>
  /^\s*[+-]?((\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(e[+-]?\d+)?|nan|inf(inity)?)\s*$/i.test(text)

const numbers = (element: Element, vr: string): readonly Value[] | undefined => {
  const size = numberSizes[vr]!
  if (element.value.length % size !== 0) return undefined
  return Array.from({ length: element.value.length / size }, (_, i) => {
    const number = numberReaders[vr]!(element.value, i * size, element.littleEndian)
    if (typeof number === 'bigint') return bare(String(number))
    if (i === 0 && number < 0 && element.vr === 'SS' && descriptors.has(element.tag))
      return bare(String(number + 65_536))
    return bare(vr === 'FL' || vr === 'FD' ? pythonFloat(number) : String(number))
  })
}

const tags = (element: Element): readonly Value[] | undefined => {
  if (element.value.length < 4) return undefined
  return Array.from({ length: Math.floor(element.value.length / 4) }, (_, i) => {
    const at = i * 4
    const [group, number] = element.littleEndian
      ? [element.value.readUInt16LE(at), element.value.readUInt16LE(at + 2)]
      : [element.value.readUInt16BE(at), element.value.readUInt16BE(at + 2)]
    return bare(tagText(((group << 16) | number) >>> 0))
  })
}

/** DS and IS: the digits as sent, unquoted; undefined where one value is no number. */
const digits = (text: string): readonly Value[] | undefined => {
  const parts = trimEnd(text).split('\\')
  if (!parts.every((part) => part.trim() === '' || isNumber(part))) return undefined
  return parts.map((part) => (part.trim() === '' ? quoted(part) : bare(part.trim())))
}

const customText = (value: Buffer, encodings: readonly string[]): readonly Value[] =>
  decodeText(value, encodings)
    .split('\\')
    .map((part) => quoted(trimEnd(part)))

const texts = (element: Element, vr: string, encodings: readonly string[]): readonly Value[] | undefined => {
  const latin = element.value.toString('latin1')
  if (vr === 'DS') return digits(latin.trim())
  if (vr === 'IS') return digits(latin)
  if (vr === 'AE') return latin.split('\\').map((part) => quoted(part.trim()))
  if (vr === 'UR') return [quoted(latin.trimEnd())]
  if (vr === 'PN')
    return trimEnd(decodeText(element.value, encodings))
      .split('\\')
      .map((name) => bare(name.replace(/=+$/, '')))
  if (singleTexts.has(vr)) return [quoted(trimEnd(decodeText(element.value, encodings)))]
  if (customTexts.has(vr)) return customText(element.value, encodings)
  return trimEnd(latin).split('\\').map(quoted)
}

const ambiguous = (vr: string, signed: boolean): string => (vr === 'xs' ? (signed ? 'SS' : 'US') : vr)

/** Values of an element that is neither a sequence nor bytes. */
const valuesOf = (element: Element, { encodings, signed }: Surroundings): readonly Value[] => {
  const vr = ambiguous(element.vr, signed)
  const values =
    numberSizes[vr] !== undefined
      ? numbers(element, vr)
      : vr === 'AT'
        ? tags(element)
        : texts(element, vr, encodings)
  // pydicom, too, falls back to text for a value that its VR does not allow.
  return values ?? customText(element.value, encodings)
}

const isEmptyNumber = (vr: string): boolean =>
  numberSizes[vr] !== undefined || byteVrs.has(vr) || ['DS', 'IS', 'AT', 'xs'].includes(vr)

const reprOf = (element: Element, surroundings: Surroundings): string => {
  if (byteVrs.has(element.vr)) {
    if (element.value.length === 0) return 'None'
    return element.value.length > shown
      ? `Array of ${element.value.length} elements`
      : pythonBytes(element.value)
  }
  if (element.value.length === 0) return isEmptyNumber(element.vr) ? 'None' : "''"
  const values = valuesOf(element, surroundings)
  if (values.length > shown) return `Array of ${values.length} elements`
  if (values.length > 1) return `[${values.map(({ repr }) => repr).join(', ')}]`
  const { str, repr } = values[0]!
  if (element.vr === 'UI') return str
  return ['PN', 'DS', 'IS'].includes(element.vr) && repr === str ? pythonString(str) : repr
}

const lines = (elements: readonly Element[], outer: Surroundings, indent: string): string =>
  elements
    .flatMap((element) => {
      const inner = surroundingsOf(elements, outer)
      if (element.items !== undefined)
        return [
          `${indent}${tagText(element.tag)}  ${nameOf(element.tag)}  ${element.items.length} item(s) ---- `,
          ...element.items.flatMap((item) => [lines(item, inner, `${indent}   `), `${indent}   ---------`]),
        ]
      const name = nameOf(element.tag).slice(0, 35).padEnd(35)
      return [`${indent}${tagText(element.tag)} ${name} ${element.vr}: ${reprOf(element, inner)}`]
    })
    .join('\n')

/** Character set and sign of a data set, taken from its own elements or else from the enclosing one. */
export const surroundingsOf = (elements: readonly Element[], outer?: Surroundings): Surroundings => {
  const characterSet = elements.find(({ tag }) => tag === 0x00080005)
  const sign = elements.find(({ tag }) => tag === 0x00280103)
  return {
    encodings: characterSet
      ? encodingsOf(trimEnd(characterSet.value.toString('latin1')).split('\\'))
      : (outer?.encodings ?? ['latin1']),
    signed: sign === undefined ? (outer?.signed ?? false) : numbers(sign, 'US')?.[0]?.str === '1',
  }
}

/** The text of an element as pydicom's `str(value)` gives it: what trigger expressions search. */
export const textOf = (element: Element, surroundings: Surroundings): string => {
  if (element.items !== undefined)
    return `[${element.items.map((item) => lines(item, surroundings, '')).join('')}]`
  if (byteVrs.has(element.vr)) return element.value.length === 0 ? 'None' : pythonBytes(element.value)
  if (element.value.length === 0) return isEmptyNumber(element.vr) ? 'None' : ''
  const values = valuesOf(element, surroundings)
  return values.length === 1 ? values[0]!.str : `[${values.map(({ repr }) => repr).join(', ')}]`
}

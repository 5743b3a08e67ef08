import { inflateRawSync, constants } from 'node:zlib'
import { RadDeployError, messageOf } from '../error/error.ts'
import { isPrivate, keywordOf, tagText } from './attributes/dictionary.ts'
import { type Encoding, readElements } from './attributes/elements.ts'
import { surroundingsOf, textOf } from './attributes/value.ts'
import { isDeflated } from './transferSyntax.ts'

/** Keyword or `(gggg,eeee)` → text. Every element has its tag as a key, standard ones their keyword too. */
export type Attributes = Readonly<Record<string, string>>

/** The header of one instance. */
export interface Header {
  readonly attributes: Attributes
  readonly transferSyntaxUid: string
  /** False when the bytes end, or make no sense, before the pixel data: later elements are missing. */
  readonly complete: boolean
}

const encodings: Readonly<Record<string, Encoding>> = {
  '1.2.840.10008.1.2': { implicitVr: true, littleEndian: true },
  '1.2.840.10008.1.2.2': { implicitVr: false, littleEndian: false },
}
const explicitLittle: Encoding = { implicitVr: false, littleEndian: true }

/** Group 2 ends where the next group begins, whatever its group length says (PS3.10, 7.1). */
const metaEnd = (file: Buffer): number => {
  let at = 132
  while (at + 8 <= file.length && file.readUInt16LE(at) === 2) {
    const long = ['OB', 'UN', 'OW', 'SQ', 'UT'].includes(file.toString('latin1', at + 4, at + 6))
    if (long && at + 12 > file.length) break
    at += long ? 12 + file.readUInt32LE(at + 8) : 8 + file.readUInt16LE(at + 6)
  }
  return Math.min(at, file.length)
}

const inflate = (bytes: Buffer): Buffer => {
  try {
    // The head may be cut anywhere: give what can be inflated.
    return inflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH })
  } catch (error) {
    throw new RadDeployError('RD_DICOM_UNREADABLE', messageOf(error), {}, error)
  }
}

/**
 * The top-level elements before the pixel data of a DICOM Part 10 file, each as the text that pydicom's
 * `str(value)` gives. `head` holds the file's first bytes, up to the pixel data or as far as they go.
 * Group 2 is not part of the data set and left out. Where `only` is given, no other key is decoded.
 *
 * dcmjs's reader stops at the first element that it does not understand (ISO 2022 text, UN sequences) and
 * turns `003` into 3, so the walk over the elements is our own; the dictionary is dcmjs's.
 *
 * @throws RadDeployError RD_DICOM_UNREADABLE when it is no Part 10 file, or is deflated and cannot be inflated.
 */
export const readHeader = (head: Buffer, only?: ReadonlySet<string>): Header => {
  if (head.length < 132 || head.toString('latin1', 128, 132) !== 'DICM')
    throw new RadDeployError(
      'RD_DICOM_UNREADABLE',
      'The file does not begin as DICOM Part 10 says; send it again.',
    )
  const start = metaEnd(head)
  const meta = readElements(head, 132, start, explicitLittle).elements
  const syntax = meta.find(({ tag }) => tag === 0x00020010)
  const transferSyntaxUid = syntax === undefined ? '' : textOf(syntax, surroundingsOf(meta))
  const bytes = isDeflated(transferSyntaxUid) ? inflate(head.subarray(start)) : head.subarray(start)
  const encoding = encodings[transferSyntaxUid] ?? explicitLittle
  const { elements, complete } = readElements(bytes, 0, bytes.length, encoding)

  const surroundings = surroundingsOf(elements)
  const attributes: Record<string, string> = {}
  for (const element of elements) {
    const tag = tagText(element.tag)
    const keyword = isPrivate(element.tag) ? undefined : keywordOf(element.tag)
    const keys = keyword === undefined ? [tag] : [keyword, tag]
    const wanted = only === undefined ? keys : keys.filter((key) => only.has(key))
    if (wanted.length === 0) continue
    const text = textOf(element, surroundings)
    for (const key of wanted) attributes[key] = text
  }
  // Where the bytes end with the File Meta Information or in it, nothing of the data set has been seen.
  return { attributes, transferSyntaxUid, complete: complete && start < head.length }
}

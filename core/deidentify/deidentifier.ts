import { createHash } from 'node:crypto'
import { Transform } from 'node:stream'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { type Encoding } from '../dicom/attributes/elements.ts'
import { type ReadBytes } from '../dicom/head.ts'
import { type InstanceNames, parsePart10, part10Header } from '../dicom/part10.ts'
import { implicitVrLittleEndian, isDeflated, transferSyntaxes } from '../dicom/transferSyntax.ts'
import { isRadDeployError, messageOf } from '../error/error.ts'
import { canonicalJson } from '../event/id.ts'
import { type Deidentify } from '../flow/deidentifySchema.ts'
import { Actions } from './actions.ts'
import { DatasetEditor } from './dataset.ts'
import { Keyed } from './keyed.ts'
import { addedElements } from './method.ts'
import { DatasetRewriter, type Edit, longestHeld } from './rewriter.ts'
import { refused, valuesOf } from './structure.ts'
import { edition, tableHash } from './table.ts'
import { newValue, plainText, scopeOf, scopeTags } from './values.ts'

/** To be raised with every change of what goes out under the same rules. */
const rewriterVersion = 2

const explicitVrBigEndian = '1.2.840.10008.1.2.2'
const sopInstanceUidTag = 0x00080018
const burnedIn = 0x00280301
const wantedTags = new Set([...scopeTags, sopInstanceUidTag, burnedIn])
const headLengths = [16 * 1024, 1024 * 1024]
const firstWindow = 64 * 1024
const longestWindow = 1024 * 1024

/** SHA-256 of all that decides what goes out, but for the key: rules, table and our own ways. */
export const ruleSetHashOf = (rules: Deidentify): string =>
  createHash('sha256').update(canonicalJson({ rules, edition, tableHash, rewriterVersion })).digest('hex')

/** An instance as it goes out. Its names are the new ones. */
export interface Rewritten extends InstanceNames {
  /** What the file begins with: preamble and File Meta Information. */
  readonly header: Buffer
  /** Length of the data set in bytes. */
  readonly size: number
  /** Takes the bytes of the whole original file and gives those of the new data set, without what is in front. */
  readonly transform: () => Transform
}

/** Rewrites instances by the rules of one destination. */
export interface Deidentifier {
  /** Identifies the rules; goes with every attempt. */
  readonly hash: string
  /**
   * Looks at an original file of `size` bytes, no further than its length as rewritten depends on.
   * @throws RadDeployError RD_DEIDENTIFICATION_REFUSED where it cannot be done, RD_DICOM_UNREADABLE where it is no
   * Part 10 file; whatever `read` throws.
   */
  readonly rewrite: (size: number, read: ReadBytes) => Promise<Rewritten>
}

/** The key is that of the installation: under one key, the same patient and UID is the same everywhere. */
export const deidentifier = (rules: Deidentify, key: Uint8Array): Deidentifier => {
  const hash = ruleSetHashOf(rules)
  const parts = { actions: new Actions(rules), keyed: new Keyed(key), hash }
  return {
    hash,
    rewrite: async (size, read) => {
      const { datasetOffset, ...names } = await namesOf(size, read)
      if (!transferSyntaxes.has(names.transferSyntaxUid)) throw refused('its transfer syntax is not known')
      const open = (): Editing => editing(parts, names)
      const edit = open()
      const length = isDeflated(names.transferSyntaxUid)
        ? deflated(edit, await read(datasetOffset, within(size - datasetOffset) + datasetOffset)).length
        : await measured(new DatasetRewriter(edit.encoding, edit), datasetOffset, size, read)
      const renamed = { ...names, sopInstanceUid: edit.sopInstanceUid() }
      return {
        ...renamed,
        header: part10Header(renamed),
        size: length,
        transform: () => transformOf(open(), datasetOffset, isDeflated(names.transferSyntaxUid)),
      }
    },
  }
}

interface Editing extends Edit {
  readonly encoding: Encoding
  /** The new one, once the head was there. */
  readonly sopInstanceUid: () => string
}

const editing = (
  { actions, keyed, hash }: { readonly actions: Actions; readonly keyed: Keyed; readonly hash: string },
  { transferSyntaxUid, sopInstanceUid }: InstanceNames,
): Editing => {
  const encoding = {
    implicitVr: transferSyntaxUid === implicitVrLittleEndian,
    littleEndian: transferSyntaxUid !== explicitVrBigEndian,
  }
  const { rules } = actions
  let editor: DatasetEditor | undefined
  let renamed = sopInstanceUid
  return {
    encoding,
    sopInstanceUid: () => renamed,
    head: (bytes) => {
      const values = valuesOf(bytes, 0, encoding, wantedTags)
      const isMarked =
        plainText(values.get(burnedIn) ?? none)
          .trim()
          .toUpperCase() === 'YES'
      if (isMarked && rules.profile === 'basic' && rules.burned_in === 'refuse')
        throw refused('it says that text is burned into its pixels (0028,0301)')
      const scope = scopeOf(values, keyed, rules.words)
      const own = values.get(sopInstanceUidTag)
      if (own === undefined) throw refused('it has no SOP Instance UID')
      const action = actions.of(sopInstanceUidTag, 'UI', undefined)
      const value = { tag: sopInstanceUidTag, vr: 'UI', bytes: own, style: encoding, characterSets: [] }
      renamed = plainText(newValue(action, value, scope) ?? own)
      editor = new DatasetEditor(actions, scope)
      return editor.edit(bytes, encoding, addedElements(actions, hash, encoding))
    },
    tail: (bytes) => editor!.edit(bytes, encoding, []),
  }
}

const none = Buffer.alloc(0)

const namesOf = async (size: number, read: ReadBytes): Promise<ReturnType<typeof parsePart10>> => {
  for (const length of headLengths) {
    const head = await read(0, Math.min(length, size))
    try {
      const names = parsePart10(head)
      return { ...names }
    } catch (error) {
      const isLast = length >= size || length === headLengths.at(-1)
      if (isLast || !isRadDeployError(error, 'RD_DICOM_UNREADABLE')) throw error
    }
  }
  throw refused('it is empty')
}

/** How long it becomes: reads what is held, and steps over what passes. */
const measured = async (
  rewriter: DatasetRewriter,
  start: number,
  size: number,
  read: ReadBytes,
): Promise<number> => {
  let length = 0
  let window = firstWindow
  const count = (pieces: readonly Buffer[]): void => {
    for (const piece of pieces) length += piece.length
  }
  for (let at = start; at < size;) {
    const passing = Math.min(rewriter.passing, size - at)
    if (passing > 0) {
      rewriter.skip(passing)
      length += passing
      at += passing
      continue
    }
    const bytes = await read(at, Math.min(size, at + window))
    if (bytes.length === 0) break
    count(rewriter.push(bytes))
    at += bytes.length
    window = Math.min(window * 2, longestWindow)
  }
  count(rewriter.end())
  return length
}

const within = (length: number): number => {
  if (length > longestHeld) throw refused('its deflated data set is longer than 64 MiB')
  return length
}

/** A deflated data set is inflated, rewritten and deflated again, in memory; where nothing changes, it stays. */
const deflated = (edit: Editing, bytes: Buffer): Buffer => {
  const plain = inflated(bytes)
  const rewriter = new DatasetRewriter(edit.encoding, edit)
  const changed = Buffer.concat([...rewriter.push(plain), ...rewriter.end()])
  return changed.equals(plain) ? bytes : deflateRawSync(changed)
}

const inflated = (bytes: Buffer): Buffer => {
  try {
    return inflateRawSync(bytes, { maxOutputLength: longestHeld })
  } catch (error) {
    throw refused(`it cannot be inflated to at most 64 MiB: ${messageOf(error)}`)
  }
}

const transformOf = (edit: Editing, datasetOffset: number, isWhole: boolean): Transform => {
  const rewriter = new DatasetRewriter(edit.encoding, edit)
  const whole: Buffer[] = []
  let before = datasetOffset
  const attempt = (
    stream: Transform,
    done: (error?: Error | null) => void,
    pieces: () => readonly Buffer[],
  ) => {
    try {
      for (const piece of pieces()) if (piece.length > 0) stream.push(piece)
      done()
    } catch (error) {
      done(error as Error)
    }
  }
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const bytes = chunk.subarray(before)
      before = Math.max(0, before - chunk.length)
      attempt(this, done, () => {
        if (!isWhole) return rewriter.push(bytes)
        whole.push(bytes)
        return []
      })
    },
    flush(done) {
      attempt(this, done, () => (isWhole ? [deflated(edit, Buffer.concat(whole))] : rewriter.end()))
    },
  })
}

import { dictionaryVrOf, isPrivate } from '../dicom/attributes/dictionary.ts'
import { type ElementHead, type Encoding, headAt } from '../dicom/attributes/elements.ts'
import { type Action, type Actions } from './actions.ts'
import { dummySequence } from './dummy.ts'
import {
  deeper,
  endOf,
  innerEncoding,
  isFragments,
  item,
  itemEnd,
  sequenceEnd,
  undefinedLength,
  refused,
  valuesOf,
  vrOf,
} from './structure.ts'
import { type Scope, characterSetsOf, newValue, plainText } from './values.ts'
import { type Style, elementOf, withLength } from './write.ts'

/** One element as it goes out. */
interface Part {
  readonly tag: number
  readonly bytes: readonly Buffer[]
  readonly isChanged: boolean
}

interface Level {
  readonly parts: readonly Part[]
  readonly end: number
}

interface Items {
  readonly bytes: readonly Buffer[]
  readonly isChanged: boolean
  readonly end: number
}

/** A level of the data set, with what its elements need to know of it. */
interface Place {
  readonly encoding: Encoding
  readonly depth: number
  /** An item whose end is marked. */
  readonly isOpen: boolean
  characterSets: readonly string[]
  /** Private creators by group and block. */
  readonly creators: Map<number, string>
}

/** Whose codes are the same everywhere, and so say nothing of a person or place (PS3.16, 8). */
const publicSchemes =
  /^(DCM|SCT|SRT|SNM3|99SDM|LN|UCUM|RADLEX|FMA|I9C?|I10P?|I11|ICDO3|C4|NCIt|UMLS|MSH|RXNORM)$/
const characterSet = 0x00080005
const codeTags = new Set([0x00080100, 0x00080102, 0x00080104, 0x00080119, 0x00080120])

const styleOf = (head: ElementHead, { littleEndian }: Encoding): Style => ({
  implicitVr: head.vr === undefined,
  littleEndian,
})
const lengthOf = (bytes: readonly Buffer[]): number => bytes.reduce((sum, { length }) => sum + length, 0)

/**
 * Rewrites the elements of a data set as they lie in memory. What stays, stays as it was written: only what is
 * changed, and the lengths around it, is new.
 */
export class DatasetEditor {
  readonly #actions: Actions
  readonly #scope: Scope

  constructor(actions: Actions, scope: Scope) {
    this.#actions = actions
    this.#scope = scope
  }

  /** Elements of the top level; `added` take the place of those of the same tag, or stand where they belong. */
  edit(
    bytes: Buffer,
    encoding: Encoding,
    added: readonly (readonly [tag: number, element: Buffer])[],
  ): Buffer {
    const place: Place = {
      encoding,
      depth: 0,
      isOpen: false,
      characterSets: ['latin1'],
      creators: new Map(),
    }
    const { parts } = this.#level(bytes, 0, bytes.length, place)
    const present = new Set(parts.map(({ tag }) => tag))
    const inPlace = new Map(added.filter(([tag]) => present.has(tag)))
    const waiting = added.filter(([tag]) => !present.has(tag)).sort(([a], [b]) => a - b)
    const all: Part[] = []
    for (const part of parts) {
      while (waiting.length > 0 && waiting[0]![0] < part.tag) all.push(addedPart(waiting.shift()!))
      const element = inPlace.get(part.tag)
      if (element === undefined) all.push(part)
      else if (all.at(-1)?.tag !== part.tag) all.push(addedPart([part.tag, element]))
    }
    all.push(...waiting.map(addedPart))
    // In one piece: many small ones would take a stream far longer.
    return Buffer.concat(withoutWrongLengths(all).flatMap((part) => part.bytes))
  }

  #level(bytes: Buffer, at: number, limit: number, place: Place): Level {
    const parts: Part[] = []
    const within = bytes.subarray(0, limit)
    for (let position = at; position < limit;) {
      const head = headAt(within, position, limit, place.encoding)
      if (head === undefined && place.depth === 0 && bytes.subarray(position).every((byte) => byte === 0)) {
        // Some writers fill up with zeros behind the last element.
        parts.push({ tag: Infinity, bytes: [bytes.subarray(position)], isChanged: false })
        break
      }
      if (head === undefined) throw refused('it ends inside an element')
      if (head.tag === itemEnd && place.isOpen) return { parts, end: position }
      const part = this.#element(within, position, head, place)
      if (part.bytes.length > 0 || part.isChanged) parts.push(part)
      position = part.end
    }
    return { parts, end: limit }
  }

  #element(bytes: Buffer, at: number, head: ElementHead, place: Place): Part & { readonly end: number } {
    const { tag } = head
    if (tag >>> 16 === 0xfffe) throw refused('an item lies outside a sequence')
    const vr = vrOf(head)
    const creator = creatorOf(tag, head, bytes, place)
    const action = this.#actions.of(tag, vr, creator)
    if (vr === 'SQ') return this.#sequence(bytes, at, head, place, action)
    const end = endOf(head, bytes, place.encoding, place.depth)
    if (end === undefined) throw refused('it ends inside a value')
    const raw = bytes.subarray(at, end)
    if (isFragments(head))
      return action.do === 'keep' ? { tag, bytes: [raw], isChanged: false, end } : gone(tag, end)
    if (action.do === 'keep' && tag !== characterSet) return { tag, bytes: [raw], isChanged: false, end }
    const value = bytes.subarray(head.start, end)
    if (tag === characterSet) place.characterSets = characterSetsOf(value)
    const style = styleOf(head, place.encoding)
    const newVr = action.do === 'set' ? dictionaryVrOf(tag)! : vr
    const changed = newValue(
      action,
      { tag, vr: newVr, bytes: value, style, characterSets: place.characterSets },
      this.#scope,
    )
    if (changed === undefined) return gone(tag, end)
    if (changed.equals(value)) return { tag, bytes: [raw], isChanged: false, end }
    return { tag, bytes: [elementOf(tag, newVr, changed, style)], isChanged: true, end }
  }

  #sequence(
    bytes: Buffer,
    at: number,
    head: ElementHead,
    place: Place,
    action: Action,
  ): Part & { readonly end: number } {
    const { tag } = head
    const style = styleOf(head, place.encoding)
    if ('otherwise' in action) return this.#sequence(bytes, at, head, place, action.otherwise)
    if (action.do === 'keep' || action.do === 'uid' || action.do === 'codes') {
      const { bytes: content, isChanged, end } = this.#items(bytes, head, place, action.do === 'codes')
      if (!isChanged) return { tag, bytes: [bytes.subarray(at, end)], isChanged, end }
      const opening = bytes.subarray(at, head.start)
      const isOpen = head.length === undefinedLength
      const newOpening = isOpen ? opening : withLength(opening, lengthOf(content), place.encoding)
      return { tag, bytes: [newOpening, ...content], isChanged, end }
    }
    const end = endOf(head, bytes, place.encoding, place.depth)
    if (end === undefined) throw refused('it ends inside a sequence')
    if (head.length === 0 && (action.do === 'empty' || action.do === 'dummy'))
      return { tag, bytes: [bytes.subarray(at, end)], isChanged: false, end }
    if (action.do !== 'empty' && action.do !== 'dummy') return gone(tag, end)
    const value = action.do === 'dummy' ? dummySequence(tag, style) : Buffer.alloc(0)
    return { tag, bytes: [elementOf(tag, 'SQ', value, style)], isChanged: true, end }
  }

  /** The items of a sequence, with the delimiter where it has one. */
  #items(bytes: Buffer, head: ElementHead, place: Place, onlyPublicCodes: boolean): Items {
    const encoding = innerEncoding(head, bytes, place.encoding)
    const isOpen = head.length === undefinedLength
    const limit = isOpen ? bytes.length : head.start + head.length
    if (limit > bytes.length) throw refused('it ends inside a sequence')
    const depth = deeper(place.depth)
    const kept: Buffer[] = []
    let hasChanged = false
    let position = head.start
    while (position < limit) {
      const opening = headAt(bytes, position, limit, encoding)
      if (opening === undefined) throw refused('it ends inside a sequence')
      if (opening.tag === sequenceEnd) {
        kept.push(bytes.subarray(position, opening.start))
        position = opening.start
        if (isOpen) return { bytes: kept, isChanged: hasChanged, end: position }
        continue
      }
      if (opening.tag !== item) throw refused('a sequence holds something else than items')
      const isOpenItem = opening.length === undefinedLength
      const stop = isOpenItem ? limit : opening.start + opening.length
      if (stop > limit) throw refused('an item is longer than its sequence')
      const inner: Place = {
        encoding,
        depth,
        isOpen: isOpenItem,
        characterSets: place.characterSets,
        creators: new Map(),
      }
      const { parts, end } = this.#level(bytes, opening.start, stop, inner)
      // Behind an open item stands its delimiter, of eight bytes.
      const next = isOpenItem ? end + 8 : stop
      if (next > limit) throw refused('it ends inside an item')
      const content = bytes.subarray(opening.start, stop)
      if (onlyPublicCodes && isPrivateCode(content, encoding)) hasChanged = true
      else if (!parts.some(({ isChanged }) => isChanged)) kept.push(bytes.subarray(position, next))
      else {
        hasChanged = true
        const changed = withoutWrongLengths(parts).flatMap((part) => part.bytes)
        const head = bytes.subarray(position, opening.start)
        kept.push(isOpenItem ? head : withLength(head, lengthOf(changed), encoding), ...changed)
        if (isOpenItem) kept.push(bytes.subarray(end, next))
      }
      position = next
    }
    if (isOpen) throw refused('it ends inside a sequence')
    return { bytes: kept, isChanged: hasChanged, end: limit }
  }
}

const gone = (tag: number, end: number) => ({ tag, bytes: [], isChanged: true, end })
const addedPart = ([tag, element]: readonly [number, Buffer]): Part => ({
  tag,
  bytes: [element],
  isChanged: true,
})

/** Lengths of groups (retired long ago), where they stay at all, go where their group is not what it was. */
const withoutWrongLengths = (parts: readonly Part[]): readonly Part[] => {
  const changed = new Set(
    parts.filter(({ isChanged }) => isChanged).map(({ tag }) => Math.floor(tag / 65_536)),
  )
  return parts.filter(({ tag }) => tag % 65_536 !== 0 || !changed.has(tag / 65_536))
}

/** Notes whose block of private elements begins, and tells whose block an element lies in (PS3.5, 7.8.1). */
const creatorOf = (tag: number, head: ElementHead, bytes: Buffer, place: Place): string | undefined => {
  if (!isPrivate(tag)) return undefined
  const group = (tag & 0xffff0000) >>> 0
  const element = tag & 0xffff
  if (element >= 0x100) return place.creators.get(group + (element >>> 8))
  if (element < 0x10 || head.length === undefinedLength) return undefined
  const creator = plainText(bytes.subarray(head.start, head.start + head.length)).trim()
  place.creators.set(group + element, creator)
  return creator
}

const isPrivateCode = (content: Buffer, encoding: Encoding): boolean => {
  const values = valuesOf(content, 0, encoding, codeTags)
  if (values.size === 0) return false
  return !publicSchemes.test(plainText(values.get(0x00080102) ?? Buffer.alloc(0)).trim())
}

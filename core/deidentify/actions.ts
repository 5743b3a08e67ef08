import { dictionaryVrOf, isPrivate, keywordOf, tagOf } from '../dicom/attributes/dictionary.ts'
import { type Deidentify, type Option, type TagRule } from '../flow/deidentifySchema.ts'
import { table } from './table.ts'

/** What becomes of an element. In a sequence that is kept, every item is gone through. */
export type Action =
  | { readonly do: 'keep' | 'remove' | 'empty' | 'dummy' | 'uid' | 'alias' | 'patient' | 'codes' }
  /** Moved by the days of its patient, or words picked out; `otherwise` where that cannot be. */
  | { readonly do: 'shift' | 'words'; readonly otherwise: Action }
  | { readonly do: 'set'; readonly text: string }

export const keep: Action = { do: 'keep' }
const remove: Action = { do: 'remove' }
const empty: Action = { do: 'empty' }
const dummy: Action = { do: 'dummy' }
const uid: Action = { do: 'uid' }

interface Row {
  readonly basic: string
  readonly options: Partial<Record<Option | 'clean_structured_content' | 'clean_graphics', string>>
}
const rows = new Map<string, Row>()
for (const { basic, options, tags } of table)
  for (const tag of tags.split(' ')) rows.set(tag, { basic, options })

/** The row of a tag, repeating groups included. */
const rowOf = (tag: number): Row | undefined => {
  const digits = tag.toString(16).toUpperCase().padStart(8, '0')
  return (
    rows.get(digits) ??
    (/^(50|60)/.test(digits)
      ? (rows.get(`${digits.slice(0, 2)}xx${digits.slice(4)}`) ?? rows.get(`${digits.slice(0, 2)}xxxxxx`))
      : undefined)
  )
}

const patientId = 0x00100020
const patientName = 0x00100010
const dateVrs = ['DA', 'DT', 'TM']
/** Versions of code tables and templates are dates, but nobody's. */
const versions = [0x00080106, 0x00080107, 0x0040db06, 0x0040db07]
const timezone = 0x00080201

/**
 * The action of the basic profile alone. Of compounds such as X/Z/D the one that every IOD can bear is taken, as
 * which attributes an IOD demands is not known here: D where it is offered, else Z. A sequence is removed where
 * that is offered, as its dummy would be no better.
 */
const basicActionOf = (tag: number, vr: string, { basic }: Row): Action => {
  // As a dummy that tells patients apart: else an archive would make one patient of all.
  if (tag === patientId) return { do: 'patient' }
  if (basic.includes('U')) return uid
  if (basic.includes('D') && (vr !== 'SQ' || !basic.includes('X'))) return vr === 'UI' ? uid : dummy
  return basic.includes('Z') ? (vr === 'SQ' && basic.includes('D') ? remove : empty) : remove
}

const cleaned = (option: string, tag: number, vr: string, otherwise: Action): Action => {
  switch (option) {
    case 'retain_longitudinal_modified_dates':
      if (versions.includes(tag) || tag === timezone) return keep
      return dateVrs.includes(vr) ? { do: 'shift', otherwise } : otherwise
    case 'retain_device_identity':
      return { do: 'alias' }
    case 'clean_descriptors':
    case 'retain_patient_characteristics':
      return vr === 'SQ' ? { do: 'codes' } : { do: 'words', otherwise }
    default:
      return otherwise
  }
}

/** With several options in force, one that wants an element cleaned goes before one that would keep it. */
const profileActionOf = (tag: number, vr: string, row: Row, options: readonly Option[]): Action => {
  const basic = basicActionOf(tag, vr, row)
  const clean = options.find((one) => row.options[one] === 'C')
  if (clean !== undefined) return cleaned(clean, tag, vr, basic)
  return options.some((one) => row.options[one] === 'K') ? keep : basic
}

/** UIDs that name a kind of thing, not a thing. */
const isClassUid = (tag: number): boolean =>
  /SOPClass|TransferSyntax|^CodingSchemeUID|^ContextUID|^ContextGroupExtensionCreatorUID|^MappingResourceUID|^CreatorVersionUID|^ImplementationClassUID/.test(
    keywordOf(tag) ?? '',
  )
/** Addresses that name a kind of thing, or lie in the instance itself. */
const classUrls = [0x0008010e, 0x00080120, 0x00687005]

/**
 * What becomes of an attribute that the table does not name: it stays. Only what its VR shows to be a name, a date,
 * an address or a UID of something is treated as its like in the table are; and what we do not know is removed.
 */
const unnamedActionOf = (tag: number, vr: string, options: readonly Option[]): Action => {
  // The rest of an overlay is of no use without its data, and may say anything (60xx,0022; 60xx,1500).
  if (dictionaryVrOf(tag) === undefined || tag >>> 24 === 0x60) return remove
  if (vr === 'PN') return empty
  if (vr === 'UI') return options.includes('retain_uids') || isClassUid(tag) ? keep : uid
  if (vr === 'UR') return classUrls.includes(tag) ? keep : remove
  if (!dateVrs.includes(vr) || options.includes('retain_longitudinal_full_dates')) return keep
  return options.includes('retain_longitudinal_modified_dates') ? { do: 'shift', otherwise: dummy } : dummy
}

const ruleAction = (tag: number, rule: TagRule): Action => {
  if ('set' in rule) return { do: 'set', text: rule.set }
  if ('remove' in rule) return remove
  if ('empty' in rule) return empty
  if ('keep' in rule) return keep
  if (dictionaryVrOf(tag) === 'UI') return uid
  return { do: tag === patientId || tag === patientName ? 'patient' : 'alias' }
}

/** `(gggg,eeee)` or a keyword as a number. */
const tagOfKey = (key: string): number =>
  key.startsWith('(') ? parseInt(key.slice(1, 5) + key.slice(6, 10), 16) : tagOf(key)!

/** The rules in the form in which elements ask for them. */
export class Actions {
  readonly rules: Deidentify
  readonly #own: ReadonlyMap<number, Action>
  readonly #safe: ReadonlySet<string>
  readonly #known = new Map<string, Action>()

  constructor(rules: Deidentify) {
    this.rules = rules
    const tags = Object.entries(rules.tags).map(([key, rule]) => [tagOfKey(key), rule] as const)
    this.#own = new Map(tags.map(([tag, rule]) => [tag, ruleAction(tag, rule)]))
    this.#safe = new Set(
      Object.entries(rules.safe_private).flatMap(([creator, list]) => [
        creator,
        ...list.map((tag) => `${creator}\n${tag}`),
      ]),
    )
  }

  /** What becomes of an element; `creator` is that of its block where it is private. */
  of(tag: number, vr: string, creator: string | undefined): Action {
    // Lengths of groups say nothing that is needed, and could hold anything.
    if ((tag & 0xffff) === 0) return this.rules.profile === 'none' ? keep : remove
    if (isPrivate(tag)) return this.#own.get(tag) ?? this.#privateAction(tag, creator)
    const key = `${tag} ${vr}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const action = this.#own.get(tag) ?? this.#actionOf(tag, vr)
    this.#known.set(key, action)
    return action
  }

  /** The texts that are set, by tag: where an instance has no such element, it gets one. */
  get set(): readonly (readonly [tag: number, text: string])[] {
    return [...this.#own].flatMap(([tag, action]) =>
      action.do === 'set' ? [[tag, action.text] as const] : [],
    )
  }

  /** True where an own rule keeps what the profile and its options would not: then it is not the profile any more. */
  get keepsMore(): boolean {
    return [...this.#own].some(
      ([tag, { do: what }]) =>
        what === 'keep' && this.#actionOf(tag, dictionaryVrOf(tag) ?? '').do !== 'keep',
    )
  }

  #actionOf(tag: number, vr: string): Action {
    if (this.rules.profile === 'none') return keep
    const row = rowOf(tag)
    return row === undefined
      ? unnamedActionOf(tag, vr, this.rules.options)
      : profileActionOf(tag, vr, row, this.rules.options)
  }

  #privateAction(tag: number, creator: string | undefined): Action {
    if (this.rules.profile === 'none') return keep
    if (creator === undefined) return remove
    // A creator's own element names the block that it reserves (PS3.5, 7.8.1).
    if ((tag & 0xff00) === 0) return this.#safe.has(creator) ? keep : remove
    const digits = tag.toString(16).toUpperCase().padStart(8, '0')
    return this.#safe.has(`${creator}\n(${digits.slice(0, 4)},xx${digits.slice(6)})`) ? keep : remove
  }
}

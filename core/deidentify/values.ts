import { decodeText, encodingsOf } from '../dicom/attributes/characterSet.ts'
import { type Action } from './actions.ts'
import { shifted } from './dates.ts'
import { dummyValue } from './dummy.ts'
import { type Keyed } from './keyed.ts'
import { cleanedText, wordsOf } from './words.ts'
import { type Style, textValue, valueOf } from './write.ts'

/** What the new values of one instance depend on. */
export interface Scope {
  readonly keyed: Keyed
  /** Stands for the patient in place of id and name. */
  readonly patient: string
  readonly days: number
  readonly words: readonly string[]
  /** Words of the patient's own name and id, in capitals. */
  readonly never: ReadonlySet<string>
}

/** A value, and what is known of it. */
export interface Value {
  readonly tag: number
  readonly vr: string
  readonly bytes: Buffer
  readonly style: Style
  /** As Specific Character Set names them. */
  readonly characterSets: readonly string[]
}

/** Text without the padding, of which a UID has another kind. */
export const plainText = (bytes: Buffer): string => bytes.toString('latin1').replace(/[\0 ]+$/, '')

/** The character sets that (0008,0005) names. */
export const characterSetsOf = (value: Buffer): readonly string[] => encodingsOf(plainText(value).split('\\'))

/** What an instance says of its patient: tags that scopeOf wants the values of. */
export const scopeTags: ReadonlySet<number> = new Set([
  0x00080005, 0x00100010, 0x00100020, 0x00100021, 0x0020000d,
])

/** The scope of an instance by the values of its scopeTags. Without a patient's id its study stands for the patient. */
export const scopeOf = (
  values: ReadonlyMap<number, Buffer>,
  keyed: Keyed,
  words: readonly string[],
): Scope => {
  const sets = characterSetsOf(values.get(0x00080005) ?? none)
  const text = (tag: number): string => decodeText(values.get(tag) ?? none, sets).replace(/[\0 ]+$/, '')
  const id = text(0x00100020).trim()
  const identity = JSON.stringify(
    id === ''
      ? ['study', plainText(values.get(0x0020000d) ?? none)]
      : ['patient', id, text(0x00100021).trim()],
  )
  return {
    keyed,
    patient: keyed.alias(identity),
    days: keyed.days(identity),
    words,
    never: new Set([...wordsOf(text(0x00100010)), ...wordsOf(id)].map((word) => word.toUpperCase())),
  }
}

const none = Buffer.alloc(0)
const textVrs = new Set(['AE', 'CS', 'LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UT'])

/**
 * The new value of an element that is no sequence: the same buffer where nothing changes, undefined where the
 * element is to be removed. An empty value tells nothing and stays, unless a text is set.
 */
export const newValue = (action: Action, value: Value, scope: Scope): Buffer | undefined => {
  const { tag, vr, bytes, style } = value
  if (action.do === 'keep') return bytes
  if (action.do === 'remove') return undefined
  if (action.do === 'set') return valueOf(vr, action.text, style)
  if (bytes.length === 0) return bytes
  const each = (change: (text: string) => string): Buffer =>
    textValue(
      vr,
      plainText(bytes)
        .split('\\')
        .map((one) => (one.trim() === '' ? '' : change(one)))
        .join('\\'),
    )
  switch (action.do) {
    case 'empty':
      return none
    case 'dummy':
      return dummyValue(tag, vr, style)
    case 'uid':
      return each((uid) => scope.keyed.uid(uid.replace(/[\0 ]+$/, '')))
    case 'patient':
      return textValue(vr, scope.patient)
    case 'alias': {
      if (!textVrs.has(vr)) return undefined
      const text = decodeText(bytes, value.characterSets).replace(/[\0 ]+$/, '')
      return textValue(vr, scope.keyed.alias(text.trim()))
    }
    case 'shift': {
      const moved = shifted(vr, plainText(bytes), scope.days)
      return moved === undefined ? newValue(action.otherwise, value, scope) : textValue(vr, moved)
    }
    case 'words': {
      const text = textVrs.has(vr) ? decodeText(bytes, value.characterSets) : ''
      const cleaned = cleanedText(text, scope.words, scope.never)
      return cleaned === '' ? newValue(action.otherwise, value, scope) : textValue(vr, cleaned)
    }
    case 'codes':
      return undefined
  }
}

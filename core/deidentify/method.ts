import { type Option } from '../flow/deidentifySchema.ts'
import { type Actions } from './actions.ts'
import { dictionaryVrOf } from '../dicom/attributes/dictionary.ts'
import { dicomCode, sequenceValue } from './dummy.ts'
import { edition } from './table.ts'
import { type Style, elementOf, textValue, valueOf } from './write.ts'

/** The code of the basic profile and those of its options (PS3.16, CID 7050). */
const basicCode = ['113100', 'Basic Application Confidentiality Profile'] as const
const optionCodes: Readonly<Record<Option, readonly [code: string, meaning: string]>> = {
  clean_descriptors: ['113105', 'Clean Descriptors Option'],
  retain_longitudinal_full_dates: ['113106', 'Retain Longitudinal Temporal Information Full Dates Option'],
  retain_longitudinal_modified_dates: [
    '113107',
    'Retain Longitudinal Temporal Information Modified Dates Option',
  ],
  retain_patient_characteristics: ['113108', 'Retain Patient Characteristics Option'],
  retain_device_identity: ['113109', 'Retain Device Identity Option'],
  retain_uids: ['113110', 'Retain UIDs Option'],
  retain_safe_private: ['113111', 'Retain Safe Private Option'],
  retain_institution_identity: ['113112', 'Retain Institution Identity Option'],
}

const temporal = (options: readonly Option[]): string => {
  if (options.includes('retain_longitudinal_full_dates')) return 'UNMODIFIED'
  return options.includes('retain_longitudinal_modified_dates') ? 'MODIFIED' : 'REMOVED'
}

/**
 * The elements that say what was done (PS3.15, E.1.1), and those that are set, each by its tag. Where own rules keep
 * more than the profile allows, nothing is claimed.
 */
export const addedElements = (
  actions: Actions,
  ruleSetHash: string,
  style: Style,
): readonly (readonly [tag: number, element: Buffer])[] => {
  const { rules } = actions
  const element = (tag: number, vr: string, value: Buffer): readonly [number, Buffer] => [
    tag,
    elementOf(tag, vr, value, style),
  ]
  const own = actions.set.map(([tag, text]) => {
    const vr = dictionaryVrOf(tag)!
    return element(tag, vr, valueOf(vr, text, style))
  })
  if (rules.profile === 'none' || actions.keepsMore) return own
  const codes = [basicCode, ...rules.options.map((one) => optionCodes[one])]
  const method = `PS3.15 ${edition} table E.1-1\\RadDeploy rules ${ruleSetHash.slice(0, 12)}`
  const claims = [
    element(0x00120062, 'CS', textValue('CS', 'YES')),
    element(0x00120063, 'LO', textValue('LO', method)),
    element(
      0x00120064,
      'SQ',
      sequenceValue(
        codes.map(([code, meaning]) => dicomCode(code, meaning)),
        style,
      ),
    ),
    element(0x00280303, 'CS', textValue('CS', temporal(rules.options))),
  ]
  const isOwn = new Set(own.map(([tag]) => tag))
  return [...claims.filter(([tag]) => !isOwn.has(tag)), ...own]
}

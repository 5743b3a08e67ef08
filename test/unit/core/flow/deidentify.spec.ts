import { describe, expect, test } from 'vitest'
import { destinationOf, optionsOf } from '../../../../core/delivery/destination.ts'
import { parseFlow } from '../../../../core/flow/parse.ts'
import { flowOf } from '../../../../core/flow/schema.ts'
import { definitionOf } from '../../../../core/flow/hash.ts'
import { deidentifySchema } from '../../../../core/flow/deidentifySchema.ts'

const flowWith = (deidentify: string) =>
  parseFlow(
    `triggers: [{Modality: CT}]\ndestinations:\n- host: a\n  port: 104\n  ae_title: A\n  deidentify: ${deidentify}`,
    'f.yaml',
  )
const faults = (deidentify: string): string[] =>
  (flowWith(deidentify).problems ?? []).map(({ key, reason }) => `${key}: ${reason}`)

describe('the rules of a destination', () => {
  test('true is the basic profile', () => {
    const basic = flowWith('{profile: basic}').flow!.destinations
    expect(flowWith('true').flow!.destinations).toEqual(basic)
    expect(flowWith('{}').flow!.destinations).toEqual(basic)
  })

  test('go with the destination, and come out of the definition as they went in', () => {
    const rules = `{options: [retain_uids, clean_descriptors], words: [lobe], tags: {"(0010,0020)": {pseudonym: true}, PatientName: {set: 'A^B'}}}`
    const { flow } = flowWith(rules)
    const { deidentify } = optionsOf(destinationOf(flow!.destinations[0]!))
    expect(deidentify).toEqual({
      profile: 'basic',
      options: ['retain_uids', 'clean_descriptors'],
      tags: { PatientID: { pseudonym: true }, PatientName: { set: 'A^B' } },
      words: ['LOBE'],
      safe_private: {},
      burned_in: 'refuse',
    })
    expect(deidentifySchema.parse(deidentify)).toEqual(deidentify)
    expect(flowOf(definitionOf(flow!))).toEqual(flow)
  })

  test.each<[string, string, string]>([
    ['false', '', 'is true, or a map; leave it out where nothing is to be changed'],
    ['{profile: all}', 'profile', 'is basic or none'],
    ['{profil: basic}', 'profil', 'is not known; did you mean "profile"?'],
    ['{profile: none}', 'profile', 'is none, and no tags are named: nothing would be changed'],
    [
      '{profile: none, options: [retain_uids], tags: {PatientID: {empty: true}}}',
      'options',
      'belong to the basic profile',
    ],
    ['{options: [retain_uid]}', 'options[0]', '"retain_uid" is no option; did you mean "retain_uids"?'],
    [
      '{options: [clean_graphics]}',
      'options[0]',
      '"clean_graphics" cannot be done: no rule tells which graphics and overlays show who it is; they are removed',
    ],
    [
      '{options: [clean_pixel_data]}',
      'options[0]',
      '"clean_pixel_data" cannot be done: text in the pixels cannot be found without looking at them',
    ],
    [
      '{options: [retain_longitudinal_full_dates, retain_longitudinal_modified_dates]}',
      'options',
      'cannot keep dates as they are and change them',
    ],
    [
      '{options: [retain_safe_private]}',
      'options',
      'retain_safe_private keeps what safe_private lists, and that is missing',
    ],
    ['{safe_private: {A: ["(0019,xx01)"]}}', 'safe_private', 'needs the option retain_safe_private'],
    [
      '{options: [retain_safe_private], safe_private: {A: ["(0018,xx01)"]}}',
      'safe_private.A[0]',
      'is a tag (gggg,xxee): an odd group, "xx" for the block, two digits',
    ],
    ['{words: [lobe]}', 'words', 'needs the option clean_descriptors'],
    [
      '{tags: {PatientNam: {keep: true}}}',
      'tags.PatientNam',
      '"PatientNam" is no DICOM keyword and no tag (gggg,eeee); did you mean "PatientName"?',
    ],
    [
      '{tags: {PatientName: keep}}',
      'tags.PatientName',
      'is one of {keep: true}, {remove: true}, {empty: true}, {pseudonym: true} and {set: a text or number}',
    ],
    [
      '{tags: {PatientBirthDate: {set: yesterday}}}',
      'tags.PatientBirthDate',
      '"yesterday" does not fit its VR DA',
    ],
    ['{tags: {PatientName: {set: "Müller"}}}', 'tags.PatientName', '"Müller" does not fit its VR PN'],
    [
      '{tags: {PatientBirthDate: {pseudonym: true}}}',
      'tags.PatientBirthDate',
      'cannot have a pseudonym: its VR is DA',
    ],
    [
      '{tags: {SOPInstanceUID: {remove: true}}}',
      'tags.SOPInstanceUID',
      'says which instance it is: it can be kept or replaced by a pseudonym',
    ],
    [
      '{tags: {SOPClassUID: {set: "1.2"}}}',
      'tags.SOPClassUID',
      '"SOPClassUID" says what the instance is, and stays',
    ],
    ['{tags: {Rows: {set: 1}}}', 'tags.Rows', '"Rows" says how the pixels are written, and stays'],
    ['{tags: {PixelData: {remove: true}}}', 'tags.PixelData', '"PixelData" is not before the pixels'],
    [
      '{tags: {"(0002,0016)": {remove: true}}}',
      'tags.(0002,0016)',
      '"(0002,0016)" is not part of the data set, which begins with group 0008',
    ],
    [
      '{tags: {"(0019,1001)": {keep: true}}}',
      'tags.(0019,1001)',
      'is private: it can be removed or emptied; safe_private keeps private elements',
    ],
    ['{burned_in: blur}', 'burned_in', 'is refuse or send'],
  ])('%s is refused where it is wrong', (rules, key, reason) => {
    const at = `destinations[0].deidentify${key === '' ? '' : `.${key}`}`
    expect(faults(rules)).toEqual([`${at}: ${reason}`])
  })
})

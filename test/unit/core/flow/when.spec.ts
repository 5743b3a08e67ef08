import { describe, expect, test } from 'vitest'
import { definitionOf, flowHash } from '../../../../core/flow/hash.ts'
import { parseFlow } from '../../../../core/flow/parse.ts'
import { problemText } from '../../../../core/flow/problem.ts'
import { flowOf } from '../../../../core/flow/schema.ts'

const read = (lines: string) =>
  parseFlow(
    `name: f
triggers: [{Modality: [CT]}]
models:
  - {docker_kwargs: {image: a}, output_mounts: {mask: /o}}
  - docker_kwargs: {image: b}
    input_mounts: {src: /i, mask: /m}
    ${lines}
`,
    'f.yaml',
  )

describe('when: a model runs only if files of its inputs meet triggers', () => {
  test.each([
    ['{src: [{Modality: [CT]}]}', { src: [{ Modality: ['CT'] }] }],
    ['{mask: [{BodyPartExamined: "~HEAD"}]}', { mask: [{ BodyPartExamined: ['~HEAD'] }] }],
    [
      '{src: [{Modality: CT}, {"(0008,103e)": x}], mask: [{Modality: SEG}]}',
      { src: [{ Modality: ['CT'] }, { '(0008,103E)': ['x'] }], mask: [{ Modality: ['SEG'] }] },
    ],
  ])('%s', (value, when) => {
    const { flow } = read(`when: ${value}`)
    expect(flow!.models[1]!.when).toEqual(when)
    expect(flowOf(definitionOf(flow!))).toEqual(flow)
  })

  test.each([
    ['{other: [{Modality: [CT]}]}', '7:12: models[1].when.other: "other" is none of its input_mounts'],
    ['{}', '7:5: models[1].when: is empty: name one of its input_mounts'],
    ['{src: []}', '7:12: models[1].when.src: is empty: which files must be there?'],
    ['{src: {Modality: [CT]}}', '7:12: models[1].when.src: is a list of triggers'],
    ['src', '7:11: models[1].when: is a map from an input mount to a list of triggers'],
    ['{src: [{}]}', '7:18: models[1].when.src[0]: is empty: name at least one DICOM keyword'],
    [
      '{src: [{Modalty: [CT]}]}',
      '7:19: models[1].when.src[0].Modalty: "Modalty" is no DICOM keyword and no tag (gggg,eeee); did you mean "Modality"?',
    ],
    [
      '{src: [{Modality: ["("]}]}',
      '7:30: models[1].when.src[0].Modality[0]: "(" cannot be used: "(" without ")"',
    ],
  ])('%s cannot be', (value, problem) =>
    expect(read(`when: ${value}`).problems?.map(problemText)).toEqual([`f.yaml:${problem}`]),
  )

  test('an expression in it that is none has the code of expressions', () =>
    expect(read('when: {src: [{Modality: ["("]}]}').problems?.map(({ code }) => code)).toEqual([
      'RD_FLOW_PATTERN',
    ]))
})

describe('cache', () => {
  test('is true or false, and part of the hash', () => {
    expect(read('cache: true').flow!.models[1]!.cache).toBe(true)
    expect(read('cache: maybe').problems?.map(problemText)).toEqual([
      'f.yaml:7:12: models[1].cache: is true or false, not a text',
    ])
    expect(flowHash(read('cache: true').flow!)).not.toBe(flowHash(read('timeout: 1800').flow!))
  })
})

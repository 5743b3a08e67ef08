import { describe, expect, test } from 'vitest'
import { durationText } from '../../../../core/flow/duration.ts'
import { definitionOf, flowHash } from '../../../../core/flow/hash.ts'
import { parseFlow } from '../../../../core/flow/parse.ts'
import { problemText } from '../../../../core/flow/problem.ts'
import { flowOf } from '../../../../core/flow/schema.ts'

const triggers = 'name: f\ntriggers: [{Modality: [CT]}]\n'
const flowIn = (text: string) => parseFlow(triggers + text, 'f.yaml').flow!
const problemsOf = (text: string) => parseFlow(triggers + text, 'f.yaml').problems?.map(problemText)

describe('bundle says which files a flow takes together', () => {
  test.each([
    ['{by: study, quiet: 30s, deadline: 15m}', { by: 'study', quiet: 30, deadline: 900 }],
    ['{by: series}', { by: 'series', quiet: 30, deadline: 900 }],
    ['{by: patient, quiet: 90, deadline: 2h}', { by: 'patient', quiet: 90, deadline: 7200 }],
    [
      '{by: frame_of_reference, quiet: "1.5 s", deadline: 3}',
      { by: 'frame_of_reference', quiet: 1.5, deadline: 3 },
    ],
  ])('%s', (text, bundle) => expect(flowIn(`bundle: ${text}`).bundle).toEqual(bundle))

  test('is read from a definition as it was written there', () => {
    const flow = flowIn('bundle: {by: study, quiet: 2m, deadline: 1h}')
    expect(flowOf(definitionOf(flow))).toEqual(flow)
  })

  test.each([
    'bundle: {}',
    'bundle: {by: association}',
    'bundle: {by: association, quiet: 1s, deadline: 1m}',
  ])('one association is one bundle, as where nothing is said, and the hash is the same: %s', (text) => {
    expect(flowIn(text)).not.toHaveProperty('bundle')
    expect(flowHash(flowIn(text))).toBe(flowHash(flowIn('')))
  })

  test.each([
    ['{incomplete: run}', { by: 'association', incomplete: 'run' }],
    ['{by: association, quiet: 1s, incomplete: run}', { by: 'association', incomplete: 'run' }],
    ['{by: study, incomplete: run}', { by: 'study', quiet: 30, deadline: 900, incomplete: 'run' }],
    ['{by: study, incomplete: hold}', { by: 'study', quiet: 30, deadline: 900 }],
  ])('and whether it takes what is incomplete: %s', (text, bundle) => {
    const flow = flowIn(`bundle: ${text}`)
    expect(flow.bundle).toEqual(bundle)
    expect(flowOf(definitionOf(flow))).toEqual(flow)
  })

  test('each part of it is part of the hash', () => {
    const texts = [
      '',
      'bundle: {incomplete: run}',
      'bundle: {by: study}',
      'bundle: {by: study, incomplete: run}',
      'bundle: {by: series}',
      'bundle: {by: study, quiet: 31s}',
      'bundle: {by: study, deadline: 16m}',
    ]
    expect(new Set(texts.map((text) => flowHash(flowIn(text)))).size).toBe(7)
  })
})

describe('what is wrong with it is said where it stands', () => {
  const durations = 'is a duration: 30s, 15m, 2h, or a number of seconds'
  test.each([
    ['bundle: study', 'f.yaml:3:9: bundle: is a map with by, quiet, deadline and incomplete'],
    [
      'bundle: {by: studies}',
      'f.yaml:3:14: bundle.by: is one of association, series, study, frame_of_reference, patient',
    ],
    ['bundle:\n  by: study\n  quiet: soon', `f.yaml:5:10: bundle.quiet: ${durations}`],
    ['bundle: {by: study, quiet: 5d}', `f.yaml:3:28: bundle.quiet: ${durations}`],
    ['bundle: {by: study, quiet: [30]}', `f.yaml:3:21: bundle.quiet: ${durations}`],
    ['bundle: {by: study, quiet: 0s}', 'f.yaml:3:28: bundle.quiet: is longer than nothing'],
    ['bundle: {by: study, deadline: 169h}', 'f.yaml:3:31: bundle.deadline: is at most a week (168h)'],
    [
      'bundle: {by: study, deadline: 30}',
      'f.yaml:3:31: bundle.deadline: is not longer than quiet (30 s): nothing would ever be quiet in time',
    ],
    [
      'bundle: {by: study, dedline: 1h}',
      'f.yaml:3:21: bundle.dedline: is not known; did you mean "deadline"?',
    ],
    ['bundle: {incomplete: yes}', 'f.yaml:3:22: bundle.incomplete: is hold or run'],
    ['quiet: 30s', 'f.yaml:3:1: quiet: is not known here; it belongs into bundle'],
  ])('%s', (text, problem) => expect(problemsOf(text)).toEqual([problem]))
})

test.each([
  [1500, '1.5 s'],
  [90_000, '90 s'],
  [900_000, '15 min'],
  [7_200_000, '2 h'],
])('%i ms are %s', (ms, text) => expect(durationText(ms)).toBe(text))

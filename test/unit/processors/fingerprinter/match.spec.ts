import { describe, expect, test } from 'vitest'
import { type Candidate } from '../../../../core/flow/trigger.ts'
import { match } from '../../../../processors/fingerprinter/match.ts'

const file = (id: string, attributes: Record<string, string>): Candidate => ({ id, attributes })
const head = file('head', { Modality: 'CT', SeriesDescription: 'Head', StudyDescription: 'RT plan' })
const neck = file('neck', { Modality: 'CT', SeriesDescription: 'Neck', StudyDescription: 'rt plan' })
const scout = file('scout', { Modality: 'CT', StudyDescription: 'RT plan' })
const t1 = file('t1', { Modality: 'MR', SeriesDescription: '3D T1 tra', '(0019,100C)': '1000' })
const files = [head, neck, scout, t1]

const matched = (...triggers: Record<string, string[]>[]) => match({ triggers }, files).matched
const unmatched = (...triggers: Record<string, string[]>[]) => match({ triggers }, files).unmatched

describe('a trigger takes the files that meet all of its expressions', () => {
  test('an expression is searched anywhere in the value, with respect to case', () => {
    expect(matched({ SeriesDescription: ['ea'] })).toEqual(['head'])
    expect(unmatched({ SeriesDescription: ['HEAD'] })).toBeDefined()
    expect(matched({ SeriesDescription: ['(?i)HEAD'] })).toEqual(['head'])
  })

  test('all expressions on one keyword must hold', () => {
    expect(matched({ SeriesDescription: ['3D', 'tra'] })).toEqual(['t1'])
    expect(unmatched({ SeriesDescription: ['3D', 'Head'] })).toBeDefined()
  })

  test('on one and the same file', () => {
    expect(unmatched({ Modality: ['MR'], SeriesDescription: ['Head'] })).toBeDefined()
    expect(matched({ Modality: ['CT'], SeriesDescription: ['Head|Neck|tra'] })).toEqual(['head', 'neck'])
  })

  test('a tag (gggg,eeee) serves as well as a keyword', () => {
    expect(matched({ '(0019,100C)': ['^1000$'] })).toEqual(['t1'])
  })

  test('an empty list of expressions holds for every file', () => {
    expect(matched({ Modality: [] })).toEqual(['head', 'neck', 'scout', 't1'])
  })
})

describe('"~" drops files and vetoes nothing', () => {
  test('files that match it are left out, the others are taken', () => {
    expect(matched({ Modality: ['CT'], StudyDescription: ['~RT'] })).toEqual(['neck'])
  })

  test('a file that lacks the tag passes it, and never meets a plain expression', () => {
    expect(matched({ SeriesDescription: ['~Head'] })).toEqual(['neck', 'scout', 't1'])
    expect(matched({ SeriesDescription: [''] })).toEqual(['head', 'neck', 't1'])
    expect(matched({ BodyPartExamined: ['~HEAD'] })).toEqual(['head', 'neck', 'scout', 't1'])
  })
})

describe('a flow takes a bundle when every trigger is met', () => {
  test('it takes the union of their files, in the order given', () => {
    expect(matched({ Modality: ['MR'] }, { SeriesDescription: ['Neck|Head'] })).toEqual([
      'head',
      'neck',
      't1',
    ])
  })

  test('a file that meets two triggers is taken once', () => {
    expect(matched({ Modality: ['MR'] }, { SeriesDescription: ['T1'] })).toEqual(['t1'])
  })

  test('otherwise the first trigger that no file meets is named, in counts and never in values', () => {
    expect(unmatched({ Modality: ['CT'] }, { Modality: ['PT'] }, { Modality: ['US'] })).toEqual({
      trigger: 1,
      reason: 'no file meets it: Modality is met by 0 of 4',
    })
    expect(unmatched({ Modality: ['MR'], SeriesDescription: ['Head'] })).toEqual({
      trigger: 0,
      reason:
        'no file meets all at once: Modality is met by 1 of 4; SeriesDescription is met by 1 of 4 and absent in 1',
    })
  })

  test('an empty bundle meets nothing', () => {
    expect(match({ triggers: [{ Modality: ['CT'] }] }, []).unmatched?.trigger).toBe(0)
  })
})

test('10,000 files are matched well within the time of their transfer', () => {
  const many = Array.from({ length: 10_000 }, (_, i) =>
    file(`1.2.${i}`, { Modality: 'CT', SeriesDescription: `Thorax ${i % 7}`, InstanceNumber: String(i) }),
  )
  const start = performance.now()
  const { matched } = match(
    {
      triggers: [{ Modality: ['^CT$'], SeriesDescription: ['(?i)^THORAX', '~6$'], InstanceNumber: ['\\d+'] }],
    },
    many,
  )
  expect(matched).toHaveLength(8572)
  expect(performance.now() - start).toBeLessThan(2_000)
})

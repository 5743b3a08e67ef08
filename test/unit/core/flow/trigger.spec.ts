import { expect, test } from 'vitest'
import { attributeKeys, triggerTakes } from '../../../../core/flow/trigger.ts'

const file = (id: string, attributes: Record<string, string>) => ({ id, attributes })

test('what a trigger takes is explained condition by condition', () => {
  const files = [
    file('a', { Modality: 'CT', StudyDescription: 'x' }),
    file('b', { Modality: 'CT' }),
    file('c', { Modality: 'MR' }),
  ]
  expect(triggerTakes({ Modality: ['CT'], StudyDescription: ['~y', 'x'] }, files)).toEqual({
    ids: ['a'],
    conditions: [
      { key: 'Modality', met: 2, absent: 0 },
      { key: 'StudyDescription', met: 1, absent: 2 },
    ],
  })
})

test('a keyword that every JavaScript object has is absent like any other', () => {
  expect(triggerTakes({ constructor: ['x'] }, [file('a', {})]).conditions).toEqual([
    { key: 'constructor', met: 0, absent: 1 },
  ])
})

test('flows ask a header for the keys of their triggers and sub-folders only', () => {
  const flows: Parameters<typeof attributeKeys>[0] = [
    { triggers: [{ Modality: ['CT'] }, { '(0019,100C)': ['1'] }], tar_subdir: ['SeriesInstanceUID'] },
    { triggers: [{ Modality: ['MR'] }], tar_subdir: [] },
  ]
  expect([...attributeKeys(flows)]).toEqual(['Modality', '(0019,100C)', 'SeriesInstanceUID'])
})

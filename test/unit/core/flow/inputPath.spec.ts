import fc from 'fast-check'
import { posix } from 'node:path'
import { expect, test } from 'vitest'
import { distinct, inputPaths } from '../../../../core/flow/inputPath.ts'

const file = (sopInstanceUid: string, attributes: Record<string, string> = {}) => ({
  sopInstanceUid,
  attributes,
})

test('a file is called by its SOP Instance UID', () => {
  expect(inputPaths([], [file('1.2.3'), file('1.2.4')])).toEqual(['1.2.3.dcm', '1.2.4.dcm'])
})

test('the values of tar_subdir become sub-folders', () => {
  const attributes = { SOPClassUID: '1.2.840', SeriesInstanceUID: '1.9' }
  expect(inputPaths(['SOPClassUID', 'SeriesInstanceUID'], [file('1.2.3', attributes)])).toEqual([
    '1.2.840/1.9/1.2.3.dcm',
  ])
})

test('an entry that the file lacks, or that is no keyword, is a folder by its own name, as in RadDeploy', () => {
  expect(inputPaths(['scans', 'Modality'], [file('1', { Modality: '' })])).toEqual(['scans/Modality/1.dcm'])
  expect(inputPaths(['constructor'], [file('1')])).toEqual(['constructor/1.dcm'])
})

test('an instance that was sent twice is taken once, and other content under its UID beside it', () => {
  const sent = [
    { sopInstanceUid: '1', content: 'head' },
    { sopInstanceUid: '1', content: 'head' },
    { sopInstanceUid: '1', content: 'foot' },
    { sopInstanceUid: '2', content: 'head' },
    { sopInstanceUid: '3', content: undefined },
    { sopInstanceUid: '3', content: undefined },
  ]
  const taken = distinct(sent, (one) => one)
  expect(taken).toEqual(sent.filter((_, index) => index !== 1))
  expect(
    inputPaths(
      [],
      taken.map(({ sopInstanceUid }) => file(sopInstanceUid)),
    ),
  ).toEqual([...['1.dcm', '1-2.dcm', '2.dcm'], ...['3.dcm', '3-2.dcm']])
})

test('two files of one instance both have a place', () => {
  expect(inputPaths([], [file('1'), file('1'), file('1')])).toEqual(['1.dcm', '1-2.dcm', '1-3.dcm'])
})

test.each([
  ['../../etc', '.._.._etc'],
  ['..', '_'],
  ['/', '_'],
  ['a\\b', 'a_b'],
  ["['A', 'B']", "['A', 'B']"],
  ['Hjerne blå', 'Hjerne blå'],
  ['a\0b\n', 'a_b_'],
  ['x'.repeat(500), 'x'.repeat(120)],
  ['å'.repeat(500), 'å'.repeat(60)],
])('%j becomes the folder %j', (value, folder) => {
  expect(inputPaths(['StudyDescription'], [file('1', { StudyDescription: value })])).toEqual([
    `${folder}/1.dcm`,
  ])
})

test('whatever the values, no path leaves the mount and no two are equal', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('..', '.', '/', '', ' ', '../..', 'a/../../b'),
  )
  const files = fc.array(fc.record({ sopInstanceUid: text, attributes: fc.record({ A: text, B: text }) }), {
    maxLength: 20,
  })
  fc.assert(
    fc.property(fc.subarray(['A', 'B', '..', 'C/D']), files, (subdir, files) => {
      const paths = inputPaths(subdir, files)
      expect(new Set(paths).size).toBe(files.length)
      for (const path of paths) {
        expect(posix.join('/mount', path)).toBe(`/mount/${path}`)
        expect(path.split('/')).toHaveLength(subdir.length + 1)
        expect(path).not.toMatch(/[\0-\x1f\\]/)
      }
    }),
  )
})

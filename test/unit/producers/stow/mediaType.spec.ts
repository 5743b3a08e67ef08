import { describe, expect, test } from 'vitest'
import { boundaryOf, parseMediaType } from '../../../../producers/stow/mediaType.ts'

describe('a media type', () => {
  test.each([
    ['text/plain', 'text/plain', {}],
    ['Multipart/Related; Boundary=b', 'multipart/related', { boundary: 'b' }],
    [
      'a/b;type="application/dicom";boundary="a b\\"c;d"',
      'a/b',
      { type: 'application/dicom', boundary: 'a b"c;d' },
    ],
    [
      'a/b; type=application/dicom ; boundary=----x ;',
      'a/b',
      { type: 'application/dicom', boundary: '----x' },
    ],
  ])('%s is read with its parameters', (text, type, parameters) => {
    const read = parseMediaType(text)
    expect({ type: read?.type, parameters: Object.fromEntries(read?.parameters ?? []) }).toEqual({
      type,
      parameters,
    })
  })

  test.each([
    '',
    'text',
    'a/b; boundary="never ends',
    'a/b boundary=x',
    'a/b; =x',
    `a/b; c=${'x'.repeat(1100)}`,
  ])('"%s" is none', (text) => expect(parseMediaType(text)).toBeUndefined())
})

describe('the boundary of a request', () => {
  test.each([
    'multipart/related; type="application/dicom"; boundary=b',
    'multipart/related; boundary="b"; type=application/dicom',
    'multipart/related; boundary=b',
  ])('is in %s', (text) => expect(boundaryOf(text)).toEqual({ boundary: 'b' }))

  test.each([
    [undefined, 415],
    ['application/dicom', 415],
    ['multipart/form-data; boundary=b', 415],
    ['multipart/related; type="application/dicom+xml"; boundary=b', 415],
    ['multipart/related; type="application/dicom"', 400],
    [`multipart/related; boundary="${'b'.repeat(71)}"`, 400],
    ['multipart/related; boundary=""', 400],
  ])('is not in %s', (text, status) => expect(boundaryOf(text)).toMatchObject({ status }))
})

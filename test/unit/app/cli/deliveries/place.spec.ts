import { describe, expect, test } from 'vitest'
import { placeOf } from '../../../../../app/cli/deliveries/place.ts'
import { nameOf } from '../../../../../core/delivery/destination.ts'

describe('where a delivery is redirected to', () => {
  test.each([
    ['PACS@10.0.0.5:11112', 'dimse', 'PACS@10.0.0.5:11112'],
    ['https://pacs/dicom-web', 'stow-rs', 'https://pacs/dicom-web'],
    ['file:///data/out', 'folder', 'file:///data/out'],
  ])('%s is a place of the kind %s', (text, kind, name) => {
    const place = placeOf(text)
    expect([place.kind, nameOf(place), place.options]).toEqual([kind, name, '{}'])
  })

  test.each(['PACS', 'ftp://pacs', 'https://user:secret@pacs/', 'file://elsewhere/data', 's3://bucket/'])(
    '%s is none that can be said so',
    (text) => expect(() => placeOf(text)).toThrow(expect.objectContaining({ code: 'RD_USAGE' })),
  )
})

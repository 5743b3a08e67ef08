import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { filesOf, instanceOf, parseAe } from '../../../../app/cli/send.ts'
import { parseStow, tokenIn } from '../../../../app/cli/sendByStow.ts'
import { part10Header } from '../../../../core/dicom/part10.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-send-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('an AE', () => {
  test('is written AE@HOST:PORT', () =>
    expect(parseAe('RAD DEPLOY@ct.hospital:104')).toEqual({
      calledAeTitle: 'RAD DEPLOY',
      host: 'ct.hospital',
      port: 104,
    }))
  test.each(['nowhere', 'A@b', '@b:1', 'A@:1', 'A@b:0', 'A@b:65536', `${'A'.repeat(17)}@b:1`, 'A\\B@c:1'])(
    'is not "%s"',
    (text) => expect(() => parseAe(text)).toThrow(expect.objectContaining({ code: 'RD_USAGE' })),
  )
})

describe('what is sent', () => {
  test('is every file of a folder and its sub-folders, in the order of their names', async () => {
    await mkdir(join(folder, 'b'))
    for (const name of ['c', 'b/2', 'b/1', 'a']) await writeFile(join(folder, name), '')
    expect(await filesOf(folder)).toEqual(['a', 'b/1', 'b/2', 'c'].map((name) => join(folder, name)))
    expect(await filesOf(join(folder, 'a'))).toEqual([join(folder, 'a')])
  })

  test('must be there', () =>
    expect(filesOf(join(folder, 'nothing'))).rejects.toMatchObject({ code: 'RD_NOT_FOUND' }))

  test('is the data set of a file without its header', async () => {
    const names = {
      sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
      sopInstanceUid: '2.25.1',
      transferSyntaxUid: '1.2.840.10008.1.2.1',
    }
    const path = join(folder, 'ct.dcm')
    await writeFile(path, Buffer.concat([part10Header(names), Buffer.from('data set')]))
    const instance = await instanceOf(path)
    expect(instance).toMatchObject({ ...names, id: path, size: 8 })
    expect((await buffer(await instance.open())).toString()).toBe('data set')
  })

  test('is no file that is not DICOM', async () => {
    await writeFile(join(folder, 'README.md'), '# no DICOM')
    await expect(instanceOf(join(folder, 'README.md'))).rejects.toMatchObject({ code: 'RD_DICOM_UNREADABLE' })
  })
})

describe('a DICOMweb service', () => {
  test.each([
    ['http://pacs:8042', 'http://pacs:8042/studies'],
    ['https://pacs/dicom-web/', 'https://pacs/dicom-web/studies'],
    ['http://pacs/studies/1.2', 'http://pacs/studies/1.2'],
  ])('is the URL %s', (text, url) => expect(parseStow(text)).toBe(url))

  test.each(['pacs:8042', 'ftp://pacs', 'RADDEPLOY@pacs:104'])('is not "%s"', (text) =>
    expect(() => parseStow(text)).toThrow(expect.objectContaining({ code: 'RD_USAGE' })),
  )

  test('is shown the token in a file, which must be there', async () => {
    await writeFile(join(folder, 'token'), 'abc\n')
    expect(await tokenIn(join(folder, 'token'))).toBe('abc')
    await expect(tokenIn(join(folder, 'nothing'))).rejects.toMatchObject({ code: 'RD_NOT_FOUND' })
  })
})

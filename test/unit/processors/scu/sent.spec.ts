import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { beforeEach, describe, expect, test } from 'vitest'
import { sentSchema } from '../../../../core/delivery/sent.ts'
import { part10Header } from '../../../../core/dicom/part10.ts'
import { key } from '../../../../infra/s3/key.ts'
import { type OutgoingFile, storedFile } from '../../../../processors/scu/outgoing.ts'
import { noted } from '../../../../processors/scu/sent.ts'
import { an } from '../../../support/events.ts'
import { memoryStore } from '../../../support/memoryStore.ts'
import { ctImage, explicitLittleEndian } from '../../../support/outgoing.ts'

const scanner = { aeTitle: 'SCANNER', host: '10.0.0.1' }
let s3: ReturnType<typeof memoryStore>
beforeEach(() => (s3 = memoryStore()))

const element = (group: number, number: number, vr: string, value: string): Buffer => {
  const text = Buffer.from(value.length % 2 === 0 ? value : `${value}\0`)
  const head = Buffer.alloc(8)
  head.writeUInt16LE(group, 0)
  head.writeUInt16LE(number, 2)
  head.write(vr, 4)
  head.writeUInt16LE(text.length, 6)
  return Buffer.concat([head, text])
}
/** A file of a series; with a long comment before the series is said where it is to be `hidden`. */
const file = (sopInstanceUid: string, series: string, hidden = false): OutgoingFile => {
  const names = { sopClassUid: ctImage, sopInstanceUid, transferSyntaxUid: explicitLittleEndian }
  const long = hidden ? [element(0x10, 0x2154, 'SH', 'x'.repeat(40_000))] : []
  const dataset = [element(8, 0x18, 'UI', sopInstanceUid), ...long, element(0x20, 0x0e, 'UI', series)]
  const object = s3.put(`out/${sopInstanceUid}`, Buffer.concat([part10Header(names), ...dataset]))
  return storedFile(s3.store, { path: `${sopInstanceUid}.dcm`, object })
}
/** A delivery of a run whose inputs were these. */
const delivery = (...inputs: readonly string[]) => {
  const object = s3.put('input', Buffer.from('x'))
  const files = inputs.map((uid) => ({ path: `CT/${uid}.dcm`, object }))
  const manifest = s3.put('inputs.json', Buffer.from(JSON.stringify({ files })))
  const input = { name: 'src', manifest, files: files.length, bytes: 1 }
  return an.deliveryQueued({ flowName: 'b', lineage: ['b', 'a'], sender: scanner, input }).data
}
/** Nothing here goes wrong that is not expected. */
const never = (error: unknown): never => {
  throw error
}
/** What is noted of a series. */
const notes = (series: string): readonly unknown[] =>
  [...s3.objects]
    .filter(([name]) => name.startsWith(key.sentOf(series)))
    .map(([, bytes]) => sentSchema.parse(JSON.parse(bytes.toString())))

describe('before a file is sent', () => {
  test('it is noted, for its whole series, whose results they are, and which went out as the sender sent them', async () => {
    const files = [
      file('1.2.1', '1.2'),
      file('1.2.2', '1.2'),
      file('1.3.1', '1.3'),
      file('1.4.1', '1.4', true),
    ]
    const items = noted(s3.store, delivery('1.2.1'), files, never)
    expect(notes('1.2')).toEqual([])
    await buffer(await items[1]!.open())
    const of = { lineage: ['b', 'a'], sender: scanner }
    expect(notes('1.2')).toEqual([{ ...of, passed: ['1.2.1'], made: ['1.2.2'] }])
    expect(notes('1.3')).toEqual([{ ...of, passed: [], made: ['1.3.1'] }])
    expect(notes('1.4')).toEqual([{ ...of, passed: [], made: ['1.4.1'] }])
  })

  test('it waits for the note; what cannot be noted is sent all the same', async () => {
    let fail: ((error: Error) => void) | undefined
    const isAsked = new Promise<void>((asked) => {
      s3.store.put = () =>
        new Promise((_, reject) => {
          fail = reject
          asked()
        })
    })
    const unnoted: unknown[] = []
    const [one] = noted(s3.store, delivery(), [file('1.2.1', '1.2')], (error) => unnoted.push(error))
    let isOpen = false
    const opened = one!.open().finally(() => (isOpen = true))
    await isAsked
    await new Promise(setImmediate)
    expect(isOpen).toBe(false)
    fail!(new Error('the disk is full'))
    await buffer(await opened)
    expect(unnoted).toEqual([new Error('the disk is full')])
  })

  test('the same is noted once, however often it is sent', async () => {
    for (const inputs of [['1.2.1'], ['1.2.1'], []]) {
      const [one] = noted(s3.store, delivery(...inputs), [file('1.2.1', '1.2')], never)
      await one!.open()
    }
    expect(notes('1.2')).toMatchObject([{ passed: ['1.2.1'] }, { made: ['1.2.1'] }])
  })

  test('a file that is no DICOM needs no note', async () => {
    const object = s3.put('report', Buffer.from('a report'))
    const [one] = noted(s3.store, delivery(), [storedFile(s3.store, { path: 'report.pdf', object })], never)
    expect(await buffer(await one!.open())).toEqual(Buffer.from('a report'))
    expect([...s3.objects.keys()].filter((name) => name.startsWith('sent/'))).toEqual([])
  })

  test('an instance is noted whichever way it is opened', async () => {
    for (const [way, series] of [
      ['instance', '1.7'],
      ['file', '1.8'],
    ] as const) {
      const instance = {
        ...{
          id: '1',
          sopClassUid: ctImage,
          sopInstanceUid: '1.2.9',
          transferSyntaxUid: explicitLittleEndian,
        },
        ...{ size: 1, open: () => Promise.resolve(Readable.from(['x'])), file: file('1.2.1', '1.2') },
        seriesInstanceUid: series,
      }
      const [one] = noted(s3.store, delivery(), [instance], never)
      await (way === 'file' ? one!.file.open() : one!.open())
      expect(notes(series)).toMatchObject([{ made: ['1.2.9'] }])
    }
  })
})

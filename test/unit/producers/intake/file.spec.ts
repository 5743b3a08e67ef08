import { describe, expect, test } from 'vitest'
import { part10Header } from '../../../../core/dicom/part10.ts'
import { receiveFile } from '../../../../producers/intake/file.ts'
import { RadDeployError } from '../../../../core/error/error.ts'
import { an } from '../../../support/events.ts'
import { intakeParts } from '../../../support/intakeParts.ts'
import { ct, smallFile } from '../../../support/stow.ts'

const arrival = {
  associationId: 'association-1',
  ordinal: 1,
  calling: { aeTitle: 'PACS', host: '10.0.0.1' },
  calledAeTitle: 'RADDEPLOY',
  cause: an.associationOpened().meta,
}
/** Gives a file in pieces of some size. */
const give = async (file: Buffer, piece: number, terms = {}) => {
  const memory = intakeParts()
  const sink = receiveFile(memory.parts, arrival, terms)
  for (let at = 0; at < file.length; at += piece) await sink.write(file.subarray(at, at + piece))
  return { ...memory, answer: await sink.end() }
}
/** A private element of group 2, of some length. */
const privateMeta = (length: number): Buffer => {
  const head = Buffer.alloc(8)
  head.writeUInt16LE(0x0002, 0)
  head.writeUInt16LE(0x0102, 2)
  head.write('OB\0\0', 4, 'latin1')
  const size = Buffer.alloc(4)
  size.writeUInt32LE(length)
  return Buffer.concat([head, size, Buffer.alloc(length)])
}
/** A file whose File Meta Information is as long as that. */
const withLongMeta = (length: number): Buffer => {
  const { bytes, sopInstanceUid } = smallFile()
  const header = part10Header({
    sopClassUid: ct,
    sopInstanceUid,
    transferSyntaxUid: '1.2.840.10008.1.2.1',
  })
  header.writeUInt32LE(header.length - 144 + 12 + length, 140)
  const dataset = bytes.subarray(bytes.indexOf(Buffer.from([8, 0, 0x16, 0])))
  return Buffer.concat([header, privateMeta(length), dataset])
}

describe('a file is kept as it came', () => {
  test.each([1, 7, 130, 4096, 1_000_000])('in pieces of %i bytes', async (piece) => {
    const { bytes, sopInstanceUid } = smallFile()
    const { answer, objects, of } = await give(bytes, piece)
    expect(answer).toEqual({ status: 0, sopClassUid: ct, sopInstanceUid, isPassing: false })
    expect([...objects.values()].map((one) => one.equals(bytes))).toEqual([true])
    const { datasetOffset } = of('InstanceStored')[0]!.data
    expect(bytes.subarray(datasetOffset, datasetOffset + 4)).toEqual(Buffer.from([8, 0, 0x16, 0]))
  })

  test.each([5000, 200_000])('with a header of %i bytes', async (length) => {
    const file = withLongMeta(length)
    const { answer, objects } = await give(file, 1000)
    expect(answer.status).toBe(0)
    expect([...objects.values()][0]!.equals(file)).toBe(true)
  })
})

describe('a file is refused', () => {
  test.each([
    ['is empty', Buffer.alloc(0), 'the file is not DICOM Part 10'],
    ['is no DICOM', Buffer.alloc(100_000, 'no DICOM '), 'the file is not DICOM Part 10'],
    ['has no preamble', smallFile().bytes.subarray(128), 'the file is not DICOM Part 10'],
    ['ends in its header', smallFile().bytes.subarray(0, 200), 'the File Meta Information is cut'],
    ['has a header without end', withLongMeta(2_000_000), 'the File Meta Information is cut'],
  ])('that %s', async (_, file, reason) => {
    const { answer, of, objects } = await give(file, 1000)
    expect(answer).toMatchObject({ status: 0xc000, sopInstanceUid: null, isPassing: false })
    expect(of('InstanceRefused')[0]!.data).toMatchObject({
      ...{ sopInstanceUid: null, code: 'RD_DICOM_UNREADABLE', reason },
    })
    expect(objects.size).toBe(0)
  })

  test('that is too large, by its name', async () => {
    const { bytes, sopInstanceUid } = smallFile({ ImageComments: 'x'.repeat(9000) })
    for (const piece of [100, 10_000]) {
      const { answer, objects } = await give(bytes, piece, { maxBytes: 8000 })
      expect(answer).toMatchObject({ status: 0xa700, sopInstanceUid, isPassing: false })
      expect(objects.size).toBe(0)
    }
  })

  test('for a reason that is known before, by its name and without being stored', async () => {
    const { bytes, sopInstanceUid } = smallFile()
    const refusal = new RadDeployError('RD_S3_UNAVAILABLE', 'the store is away')
    const { answer, objects } = await give(bytes, 50, { refusal })
    expect(answer).toMatchObject({ status: 0xa700, sopInstanceUid, isPassing: true })
    expect(objects.size).toBe(0)
  })
})

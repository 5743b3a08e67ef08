import { describe, expect, test } from 'vitest'
import { type Piece, PduReader, type WholePdu } from '../../../../infra/dimse/pduReader.ts'
import { dataPdu } from '../../../../infra/dimse/dataPdu.ts'

const limits = { data: 1000, other: 100 }
const read = (chunks: readonly Buffer[]): (WholePdu | Piece)[] => {
  const reader = new PduReader(limits)
  return chunks.flatMap((chunk) => [...reader.push(chunk)])
}
const bytewise = (bytes: Buffer): Buffer[] => Array.from(bytes, (byte) => Buffer.from([byte]))
const valueOf = (items: readonly (WholePdu | Piece)[]): Buffer =>
  Buffer.concat(items.map((item) => (item.kind === 'piece' ? item.bytes : Buffer.alloc(0))))

const pdv = (contextId: number, control: number, value: string): Buffer => {
  const head = Buffer.alloc(6)
  head.writeUInt32BE(value.length + 2)
  head[4] = contextId
  head[5] = control
  return Buffer.concat([head, Buffer.from(value)])
}
const pData = (...values: Buffer[]): Buffer => {
  const body = Buffer.concat(values)
  const head = Buffer.from([4, 0, 0, 0, 0, 0])
  head.writeUInt32BE(body.length, 2)
  return Buffer.concat([head, body])
}
const release = Buffer.from([5, 0, 0, 0, 0, 4, 0, 0, 0, 0])

describe('the PDU reader', () => {
  test('gives whole PDUs, however they are cut', () => {
    for (const chunks of [[release], bytewise(release), [release.subarray(0, 5), release.subarray(5)]])
      expect(read(chunks)).toEqual([{ kind: 'pdu', type: 5, bytes: release }])
  })

  test('gives two data values in one PDU, in order, and says which is the last', () => {
    const bytes = pData(pdv(1, 0, 'abc'), pdv(1, 2, 'de'))
    expect(read([bytes])).toEqual([
      { kind: 'piece', contextId: 1, isCommand: false, bytes: Buffer.from('abc'), isLast: false },
      { kind: 'piece', contextId: 1, isCommand: false, bytes: Buffer.from('de'), isLast: true },
    ])
    const single = read(bytewise(bytes))
    expect(valueOf(single).toString()).toBe('abcde')
    expect(single.filter((item) => item.kind === 'piece' && item.isLast)).toHaveLength(1)
  })

  test('an empty last fragment ends the data set', () =>
    expect(read([pData(pdv(3, 2, ''))])).toMatchObject([{ kind: 'piece', contextId: 3, isLast: true }]))

  test('a length of 4 GiB is refused before anything is held', () => {
    const huge = Buffer.from([4, 0, 0xff, 0xff, 0xff, 0xff])
    expect(() => read([huge])).toThrow(/announces 4294967295 bytes/)
    expect(() => read([Buffer.from([1, 0, 0, 0, 1, 0])])).toThrow(/100 are taken at most/)
  })

  test('a data value that does not fit its PDU is refused', () => {
    const long = pData(pdv(1, 2, 'abc'))
    long.writeUInt32BE(500, 6)
    expect(() => read([long])).toThrow(/does not fit/)
    const short = pData(pdv(1, 2, 'abc'))
    short.writeUInt32BE(1, 6)
    expect(() => read([short])).toThrow(/does not fit/)
  })

  test('what is written as P-DATA is read back, at any limit of the peer', () => {
    const value = Buffer.from('0123456789')
    for (const limit of [0, 7, 8, 100]) {
      const items = read([dataPdu(5, value, true, limit)])
      expect(valueOf(items)).toEqual(value)
      expect(items.at(-1)).toMatchObject({ contextId: 5, isCommand: true, isLast: true })
    }
  })
})

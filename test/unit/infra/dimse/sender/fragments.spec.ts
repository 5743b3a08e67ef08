import { describe, expect, test } from 'vitest'
import { fragmenter, roomFor } from '../../../../../infra/dimse/sender/fragments.ts'
import { PduReader } from '../../../../../infra/dimse/pduReader.ts'

const dataset = Buffer.from(Array.from({ length: 1000 }, (_, n) => n % 251))
const send = (room: number, step: number): Buffer => {
  const cut = fragmenter(7, dataset.length, room)
  const out: Buffer[] = []
  for (let at = 0; at < dataset.length; at += step) out.push(...cut(dataset.subarray(at, at + step)))
  return Buffer.concat(out)
}
const pdusOf = (wire: Buffer): Buffer[] => {
  const found: Buffer[] = []
  for (let at = 0; at < wire.length; at += 6 + wire.readUInt32BE(at + 2))
    found.push(wire.subarray(at, at + 6 + wire.readUInt32BE(at + 2)))
  return found
}

describe('a data set on its way', () => {
  test('is cut into PDUs of the room given, byte by byte', () =>
    expect(Buffer.concat([...fragmenter(5, 6, 4)(Buffer.from('abcdef'))]).toString('latin1')).toBe(
      ['\x04\0\0\0\0\x0a', '\0\0\0\x06\x05\0', 'abcd', '\x04\0\0\0\0\x08', '\0\0\0\x04\x05\x02', 'ef'].join(
        '',
      ),
    ))

  test('gives the same PDUs however its bytes come', () => {
    for (const room of [2, 4, 998, 1000, 1002])
      for (const step of [1, 3, 500, 1000]) expect(send(room, step)).toEqual(send(room, 1000))
  })

  test('is the same after reading, and exactly the last PDU says that it is the last', () => {
    for (const room of [2, 4, 334, 500, 1000, 131_066]) {
      const pdus = pdusOf(send(room, 64))
      expect(pdus).toHaveLength(Math.ceil(1000 / room))
      expect(pdus.map((pdu) => pdu[11])).toEqual([...pdus.slice(1).map(() => 0), 2])
      for (const pdu of pdus) expect((pdu.length - 12) % 2).toBe(0)
      const pieces = [...new PduReader({ data: 200_000, other: 10 }).push(Buffer.concat(pdus))]
      expect(Buffer.concat(pieces.map((one) => one.bytes))).toEqual(dataset)
    }
  })

  test('is not copied', () => {
    const [, piece] = fragmenter(1, 1000, 2000)(dataset)
    expect(piece!.buffer).toBe(dataset.buffer)
  })
})

describe('the room in a PDU', () => {
  test('is what the peer takes without the header, even, and 128 KiB at most', () => {
    expect([16_384, 16_385, 8, 9].map(roomFor)).toEqual([16_378, 16_378, 2, 2])
    expect([0, 131_072, 4_294_967_295].map(roomFor)).toEqual([131_066, 131_066, 131_066])
  })

  test('is none where the limit fits no byte', () => expect([1, 2, 6, 7].map(roomFor)).toEqual([0, 0, 0, 0]))
})

import { describe, expect, test } from 'vitest'
import { implementationClassUid } from '../../../../../core/dicom/part10.ts'
import { checkAssociateRequest } from '../../../../../infra/dimse/associateRequest.ts'
import { associateRequest, readAssociateAccept } from '../../../../../infra/dimse/sender/associate.ts'

const proposals = [
  { id: 1, abstractSyntaxUid: '1.2.3', transferSyntaxUids: ['1.2.840.10008.1.2'] },
  { id: 3, abstractSyntaxUid: '1.2.3', transferSyntaxUids: ['1.2.840.10008.1.2.1'] },
]
const accept = (...items: string[]): Buffer =>
  Buffer.concat([Buffer.alloc(74), ...items.map((item) => Buffer.from(item, 'latin1'))])
const context = (id: number, result: number, syntax: string): string => {
  const inner = `\x40\0\0${String.fromCharCode(syntax.length)}${syntax}`
  return `\x21\0\0${String.fromCharCode(inner.length + 4)}${String.fromCharCode(id)}\0${String.fromCharCode(result)}\0${inner}`
}

describe('an A-ASSOCIATE-RQ', () => {
  test('has the fields of PS3.8, table 9-11, byte by byte', () => {
    const pdu = associateRequest('ARCHIVE', 'RADDEPLOY', proposals, 131_072)
    expect(pdu.readUInt32BE(2)).toBe(pdu.length - 6)
    expect(pdu.toString('latin1', 6, 42)).toBe('\0\x01\0\0ARCHIVE         RADDEPLOY       ')
    expect(pdu.subarray(42, 74)).toEqual(Buffer.alloc(32))
    expect(pdu.toString('latin1', 74)).toBe(
      [
        '\x10\0\0\x151.2.840.10008.3.1.1.1',
        '\x20\0\0\x22\x01\0\0\0\x30\0\0\x051.2.3\x40\0\0\x111.2.840.10008.1.2',
        '\x20\0\0\x24\x03\0\0\0\x30\0\0\x051.2.3\x40\0\0\x131.2.840.10008.1.2.1',
        `\x50\0\0${String.fromCharCode(8 + 4 + implementationClassUid.length + 4 + 9)}`,
        '\x51\0\0\x04\0\x02\0\0',
        `\x52\0\0${String.fromCharCode(implementationClassUid.length)}${implementationClassUid}`,
        '\x55\0\0\x09RADDEPLOY',
      ].join(''),
    )
  })

  test('is one that our own receiver takes', () =>
    expect(checkAssociateRequest(associateRequest('A', 'B', proposals, 0))).toMatchObject({
      protocolVersion: 1,
      applicationContext: '1.2.840.10008.3.1.1.1',
    }))
})

describe('an A-ASSOCIATE-AC', () => {
  test('says which contexts are accepted, in which transfer syntax, and the limit of the peer', () =>
    expect(
      readAssociateAccept(
        accept(
          context(1, 0, '1.2\0'),
          context(3, 4, '1.2'),
          context(5, 0, '1.3 '),
          '\x50\0\0\x08\x51\0\0\x04\0\0\x40\0',
        ),
      ),
    ).toEqual({
      contexts: new Map([
        [1, '1.2'],
        [5, '1.3'],
      ]),
      maxPduLength: 16_384,
    }))

  test('that names no limit has none', () => expect(readAssociateAccept(accept()).maxPduLength).toBe(0))

  test('cut anywhere inside an item is an error', () => {
    const whole = accept(context(1, 0, '1.2'), '\x50\0\0\x08\x51\0\0\x04\0\0\x40\0')
    const ends = [74, 74 + context(1, 0, '1.2').length, whole.length]
    for (let length = 74; length <= whole.length; length += 1) {
      const read = (): unknown => readAssociateAccept(whole.subarray(0, length))
      if (ends.includes(length)) expect(read).not.toThrow()
      else expect(read).toThrow(expect.objectContaining({ code: 'RD_DICOM_PROTOCOL' }))
    }
  })
})

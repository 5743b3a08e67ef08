import { describe, expect, test } from 'vitest'
import { checkAssociateRequest } from '../../../../infra/dimse/associateRequest.ts'

const item = (type: number, body: Buffer): Buffer => {
  const head = Buffer.from([type, 0, 0, 0])
  head.writeUInt16BE(body.length, 2)
  return Buffer.concat([head, body])
}
const context = (id: number): Buffer =>
  item(
    0x20,
    Buffer.concat([
      Buffer.from([id, 0, 0, 0]),
      item(0x30, Buffer.from('1.2.3')),
      item(0x40, Buffer.from('1.2')),
    ]),
  )
const request = (...items: Buffer[]): Buffer => {
  const fixed = Buffer.alloc(74)
  fixed[0] = 1
  fixed.writeUInt16BE(1, 6)
  return Buffer.concat([fixed, ...items])
}
const application = item(0x10, Buffer.from('1.2.840.10008.3.1.1.1'))

describe('an A-ASSOCIATE-RQ', () => {
  test('gets its presentation contexts put in the order of their ids', () => {
    const { pdu, applicationContext, protocolVersion } = checkAssociateRequest(
      request(application, context(5), context(1)),
    )
    expect(pdu).toEqual(request(application, context(1), context(5)))
    expect([applicationContext, protocolVersion]).toEqual(['1.2.840.10008.3.1.1.1', 1])
  })

  test.each([
    ['a context id that occurs twice', request(context(1), context(1)), /occurs twice/],
    ['an even context id', request(context(2)), /not odd/],
    [
      '130 contexts',
      request(...Array.from({ length: 130 }, (_, i) => context(i % 256))),
      /130 presentation contexts|not odd|twice/,
    ],
    ['an item that reaches past its end', request(context(1)).subarray(0, 90), /reaches past|cut/],
    ['a PDU that ends early', Buffer.alloc(40), /too short/],
  ])('with %s is refused', (_, pdu, reason) => expect(() => checkAssociateRequest(pdu)).toThrow(reason))
})

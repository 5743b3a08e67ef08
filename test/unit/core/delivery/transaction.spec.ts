import { describe, expect, test } from 'vitest'
import { placeOf, transactionOf, transactionUid } from '../../../../core/delivery/transaction.ts'

const deliveryId = '6f9a1f0e-8a53-5d0b-9c39-0b6d9c1d7a55'

describe('a Transaction UID', () => {
  test('says which attempt at which delivery it is of', () => {
    const uid = transactionUid({ deliveryId, attempt: 12, place: 67 }, 345)
    // the decimal number of the UUID, as Python's uuid.UUID(…).int gives it
    expect(uid).toBe('2.25.148344551155041725341227915502541437525.12.3450067')
    expect(transactionOf(uid)).toEqual({ deliveryId, attempt: 12, place: 67 })
  })

  test.each(['00000000-0000-5000-8000-000000000001', 'ffffffff-ffff-ffff-ffff-ffffffffffff'])(
    'of %s is a UID, at its longest, too',
    (id) => {
      const transaction = { deliveryId: id, attempt: 2 ** 31 - 1, place: 9999 }
      const uid = transactionUid(transaction, 9999)
      expect(uid).toMatch(/^[0-9.]{1,64}$/)
      expect(uid).not.toMatch(/\.0\d/)
      expect(transactionOf(uid)).toEqual(transaction)
    },
  )

  test.each([
    '',
    '2.25.1',
    '2.25.1.1',
    '2.25.1.0.1',
    '2.25.01.1.1',
    '1.2.840.10008.1.1',
    '2.25.1.1.1.1',
    `2.25.${'9'.repeat(39)}.1.1`,
    '2.25.1.9999999999.1',
  ])('of somebody else names none: %s', (uid) => expect(transactionOf(uid)).toBeUndefined())

  test('is not made for what is no UUID, nor for no attempt', () => {
    expect(() => transactionUid({ deliveryId: 'delivery-1', attempt: 1, place: 1 }, 1)).toThrow()
    expect(() => transactionUid({ deliveryId, attempt: 0, place: 1 }, 1)).toThrow()
  })

  test('tells places apart by their names', () => {
    expect(placeOf('A@host:104')).toBe(placeOf('A@host:104'))
    expect(placeOf('A@host:104')).not.toBe(placeOf('B@host:104'))
  })
})

import { deterministicId, isUuid } from '../event/id.ts'

/** What a transaction of storage commitment is about. */
export interface Transaction {
  readonly deliveryId: string
  readonly attempt: number
  /** The place that was asked, as placeOf numbers it. */
  readonly place: number
}

/** So that a UID has 64 characters at most. */
const [mostAttempts, mostPlaces, mostNonces] = [2 ** 31, 10_000, 10_000]

/** A number below 10,000 for the name of a destination: enough to tell one from what it was redirected to. */
export const placeOf = (destination: string): number =>
  Number.parseInt(deterministicId('place', destination).slice(0, 8), 16) % mostPlaces

/**
 * A Transaction UID (PS3.4, J.3) that says itself of which attempt at which delivery it is, and where, so that whoever
 * hears the report needs to remember nothing: below the UID that a UUID gives (PS3.5, B.2; ITU-T X.667), the
 * delivery's, stand the attempt and a number of which the last four digits are the place and those before them `nonce`,
 * below 10,000, which no other request of that attempt has.
 */
export const transactionUid = ({ deliveryId, attempt, place }: Transaction, nonce: number): string => {
  const isNumbered = attempt >= 1 && attempt < mostAttempts && nonce >= 0 && nonce < mostNonces
  if (!isUuid(deliveryId) || !isNumbered) throw new Error('no transaction can be named after this attempt')
  return `2.25.${BigInt(`0x${deliveryId.replaceAll('-', '')}`)}.${attempt}.${nonce * mostPlaces + place}`
}

/** What a Transaction UID of ours names; undefined for any other UID. */
export const transactionOf = (uid: string): Transaction | undefined => {
  const [, number, attempt, rest] =
    /^2\.25\.(0|[1-9]\d{0,38})\.([1-9]\d{0,9})\.(0|[1-9]\d{0,7})$/.exec(uid) ?? []
  if (number === undefined) return undefined
  const hex = BigInt(number).toString(16).padStart(32, '0')
  if (hex.length > 32 || Number(attempt) >= mostAttempts) return undefined
  const deliveryId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return { deliveryId, attempt: Number(attempt), place: Number(rest) % mostPlaces }
}

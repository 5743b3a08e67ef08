/** What a transaction of storage commitment is about. */
export interface Transaction {
  readonly deliveryId: string
  readonly attempt: number
}

/** So that a UID has 64 characters at most. */
const [mostAttempts, mostNonces] = [2 ** 31, 2 ** 26]

/**
 * A Transaction UID (PS3.4, J.3) that says itself of which attempt at which delivery it is, so that whoever hears the
 * report needs to remember nothing: below the UID that a UUID gives (PS3.5, B.2; ITU-T X.667), the delivery's, stand
 * the attempt and `nonce`, a number below 2^26 that no other request of that attempt has.
 */
export const transactionUid = ({ deliveryId, attempt }: Transaction, nonce: number): string => {
  const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(deliveryId)
  if (!uuid || attempt < 1 || attempt >= mostAttempts || nonce < 0 || nonce >= mostNonces)
    throw new Error('no transaction can be named after this attempt')
  return `2.25.${BigInt(`0x${deliveryId.replaceAll('-', '')}`)}.${attempt}.${nonce}`
}

/** The attempt that a Transaction UID of ours names; undefined for any other UID. */
export const transactionOf = (uid: string): Transaction | undefined => {
  const [, number, attempt] = /^2\.25\.(0|[1-9]\d{0,38})\.([1-9]\d{0,9})\.(?:0|[1-9]\d{0,7})$/.exec(uid) ?? []
  if (number === undefined) return undefined
  const hex = BigInt(number).toString(16).padStart(32, '0')
  if (hex.length > 32 || Number(attempt) >= mostAttempts) return undefined
  const deliveryId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return { deliveryId, attempt: Number(attempt) }
}

const dayMs = 86_400_000

/** A date moved by days; undefined where it is none. The old form with dots is read, too. */
const shiftedDate = (text: string, days: number): string | undefined => {
  const parts = /^(\d{4})(\.?)(\d{2})\2(\d{2})$/.exec(text)
  if (!parts) return undefined
  const [year, month, day] = [Number(parts[1]), Number(parts[3]), Number(parts[4])]
  const then = new Date(0)
  then.setUTCFullYear(year, month - 1, day)
  if (then.getUTCMonth() !== month - 1 || then.getUTCDate() !== day) return undefined
  const moved = new Date(then.getTime() + days * dayMs).toISOString()
  return /^\d{4}-/.test(moved) ? moved.slice(0, 10).replaceAll('-', '') : undefined
}

/** One value of DA, DT or TM moved by whole days: the time of day stays. Undefined where it cannot be read. */
const shiftedOne = (vr: string, text: string, days: number): string | undefined => {
  const plain = text.trim()
  if (plain === '') return ''
  if (vr === 'DA') return shiftedDate(plain, days)
  if (vr === 'TM') return /^[\d.:]{2,16}$/.test(plain) ? plain : undefined
  const [, date, rest] = /^(\d{8})(\d{0,6}(?:\.\d{1,6})?(?:[+-]\d{4})?)$/.exec(plain) ?? []
  const moved = date === undefined ? undefined : shiftedDate(date, days)
  return moved === undefined ? undefined : moved + rest!
}

/** All values moved; undefined where one cannot be read, and so cannot be moved. */
export const shifted = (vr: string, text: string, days: number): string | undefined => {
  const values = text.split('\\').map((one) => shiftedOne(vr, one, days))
  return values.includes(undefined) ? undefined : values.join('\\')
}

import { type FileAnswer } from '../intake/file.ts'

interface Element {
  readonly vr: 'SQ' | 'UI' | 'US'
  readonly Value: readonly unknown[]
}
type Item = Readonly<Record<string, Element>>

const ui = (value: string): Element => ({ vr: 'UI', Value: [value] })
const sequence = (tag: string, items: readonly Item[]): Item =>
  items.length === 0 ? {} : { [tag]: { vr: 'SQ', Value: items } }

/**
 * The data set by which a request is answered (PS3.18, I.2.2): what is stored in Referenced SOP Sequence, what is
 * not in Failed SOP Sequence, and what has no name that could be read in Other Failures Sequence.
 */
export const responseOf = (answers: readonly FileAnswer[]): Item => {
  const named = answers.filter(({ sopInstanceUid }) => sopInstanceUid !== null)
  const failed = ({ status }: FileAnswer): boolean => status !== 0
  return {
    ...sequence(
      '00081198',
      named.filter(failed).map((one) => ({ ...namesOf(one), ...reasonOf(one) })),
    ),
    ...sequence('00081199', named.filter((one) => !failed(one)).map(namesOf)),
    ...sequence('0008119A', answers.filter(({ sopInstanceUid }) => sopInstanceUid === null).map(reasonOf)),
  }
}

const namesOf = ({ sopClassUid, sopInstanceUid }: FileAnswer): Item => ({
  '00081150': ui(sopClassUid ?? ''),
  '00081155': ui(sopInstanceUid ?? ''),
})
const reasonOf = ({ status }: FileAnswer): Item => ({ '00081197': { vr: 'US', Value: [status] } })

/** 200 all, 202 some, 409 none stored (PS3.18, table 10.5.3-1); 503 where none was by a failure of ours. */
export const statusOf = (answers: readonly FileAnswer[]): 200 | 202 | 409 | 503 => {
  const stored = answers.filter(({ status }) => status === 0).length
  if (stored > 0) return stored === answers.length ? 200 : 202
  return answers.every(({ isPassing }) => isPassing) ? 503 : 409
}

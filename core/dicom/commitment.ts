import { readElements } from './attributes/elements.ts'
import { delimiter, elementHead, itemTag } from './convert/heads.ts'
import { encodingOf } from './convert/syntaxes.ts'
import { implicitVrLittleEndian } from './transferSyntax.ts'

/** The service that takes over the responsibility for instances (PS3.4, annex J). */
export const commitment = {
  sopClassUid: '1.2.840.10008.1.20.1',
  sopInstanceUid: '1.2.840.10008.1.20.1.1',
  requestAction: 1,
} as const

/** An instance as commitment speaks of it. */
export interface Referenced {
  readonly sopClassUid: string
  readonly sopInstanceUid: string
}

/** What a peer reports of one transaction. */
export interface Report {
  readonly transactionUid: string | undefined
  readonly committed: ReadonlySet<string>
  /** Failure reasons by SOP Instance UID. */
  readonly failed: ReadonlyMap<string, number>
}

const tags = {
  referencedClass: 0x00081150,
  referencedInstance: 0x00081155,
  transaction: 0x00081195,
  failureReason: 0x00081197,
  failedSequence: 0x00081198,
  referencedSequence: 0x00081199,
} as const
/** Processing failure (PS3.4, J.3.3.1): where a peer gives no reason. */
const noReason = 0x0110

/** The data set that asks for commitment (PS3.4, table J.3-1), in one of the little endian syntaxes. */
export const encodeRequest = (
  transactionUid: string,
  instances: readonly Referenced[],
  transferSyntaxUid: string,
): Buffer => {
  const isImplicit = transferSyntaxUid === implicitVrLittleEndian
  const uid = (tag: number, value: string): Buffer => {
    const padded = Buffer.from(value.length % 2 === 0 ? value : `${value}\0`, 'latin1')
    return Buffer.concat([elementHead(tag, 'UI', padded.length, isImplicit), padded])
  }
  const items = Buffer.concat(
    instances.map(({ sopClassUid, sopInstanceUid }) => {
      const item = [uid(tags.referencedClass, sopClassUid), uid(tags.referencedInstance, sopInstanceUid)]
      const content = Buffer.concat(item)
      return Buffer.concat([delimiter(itemTag, content.length), content])
    }),
  )
  const head = elementHead(tags.referencedSequence, 'SQ', items.length, isImplicit)
  return Buffer.concat([uid(tags.transaction, transactionUid), head, items])
}

/** Reads what a peer reports (PS3.4, table J.3-2); what it does not say is not there. */
export const decodeReport = (dataset: Buffer, transferSyntaxUid: string): Report => {
  const { elements } = readElements(dataset, 0, dataset.length, encodingOf(transferSyntaxUid))
  type Elements = typeof elements
  const valueOf = (of: Elements, tag: number): Buffer | undefined => of.find((one) => one.tag === tag)?.value
  const uidOf = (of: Elements, tag: number): string | undefined =>
    valueOf(of, tag)
      ?.toString('latin1')
      .replace(/[\0 ]+$/, '')
  const itemsOf = (tag: number): readonly Elements[] => elements.find((one) => one.tag === tag)?.items ?? []
  const named = (items: readonly Elements[]): [string, Elements][] =>
    items.flatMap((item): [string, Elements][] => {
      const uid = uidOf(item, tags.referencedInstance)
      return uid === undefined ? [] : [[uid, item]]
    })
  const reasonOf = (item: Elements): number => {
    const reason = valueOf(item, tags.failureReason)
    return reason?.length === 2 ? reason.readUInt16LE() : noReason
  }
  return {
    transactionUid: uidOf(elements, tags.transaction),
    committed: new Set(named(itemsOf(tags.referencedSequence)).map(([uid]) => uid)),
    failed: new Map(named(itemsOf(tags.failedSequence)).map(([uid, item]) => [uid, reasonOf(item)])),
  }
}

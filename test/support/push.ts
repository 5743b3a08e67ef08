import { type Client } from './dcmtk.ts'
import { readDicomFile, transferSyntaxes } from './dicomFiles.ts'
import { type Context, Modality, data, pdv, releaseRequest, storeCommand } from './modality.ts'

/** An instance as a modality would send it: names in the command, bytes as the data set. */
export interface Outgoing {
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly transferSyntaxUid: string
  readonly dataset: Buffer
}
/** What it was answered with. */
export interface Answered {
  readonly status: number | undefined
  readonly comment: string | undefined
}

const fragment = 16_372

/** Sends data sets as they are, whatever they are, in one association with a context for each syntax. */
export const push = async (
  to: { readonly port: number; readonly called?: string; readonly calling?: string },
  outgoing: readonly Outgoing[],
): Promise<readonly Answered[]> => {
  const contexts: Context[] = []
  const idOf = ({ sopClassUid, transferSyntaxUid }: Outgoing): number => {
    const known = contexts.find(
      ({ abstractSyntax, transferSyntaxes: [syntax] }) =>
        abstractSyntax === sopClassUid && syntax === transferSyntaxUid,
    )
    if (known) return known.id
    const id = 2 * contexts.length + 1
    contexts.push({ id, abstractSyntax: sopClassUid, transferSyntaxes: [transferSyntaxUid] })
    return id
  }
  outgoing.forEach(idOf)
  const modality = await Modality.associate(to.port, { ...to, contexts })
  const accept = await modality.next()
  if (accept?.type !== 2) throw new Error(`no association, but PDU ${accept?.type ?? 'none'}`)
  const answers: Answered[] = []
  const refused = refusedIn(accept.body)
  for (const [index, one] of outgoing.entries()) {
    const id = idOf(one)
    if (refused.has(id)) {
      answers.push({ status: undefined, comment: 'its presentation context was not accepted' })
      continue
    }
    modality.send(data(pdv(id, 3, storeCommand(index + 1, one.sopInstanceUid, one.sopClassUid))))
    for (let at = 0; at < one.dataset.length || at === 0; at += fragment) {
      const isLast = at + fragment >= one.dataset.length
      modality.send(data(pdv(id, isLast ? 2 : 0, one.dataset.subarray(at, at + fragment))))
    }
    const { Status: status, ErrorComment: comment } = await modality.response()
    answers.push({ status, comment })
  }
  modality.send(releaseRequest)
  await modality.rest()
  return answers
}

/** The contexts that an A-ASSOCIATE-AC does not accept (PS3.8, 9.3.3). */
const refusedIn = (accept: Buffer): ReadonlySet<number> => {
  const refused = new Set<number>()
  for (let at = 68; at + 4 <= accept.length; at += 4 + accept.readUInt16BE(at + 2))
    if (accept[at] === 0x21 && accept[at + 6] !== 0) refused.add(accept[at + 4]!)
  return refused
}

/** A client that changes nothing: its wire carries each file's own bytes. */
export const faithful: Client = async (to, paths) => {
  const files: Outgoing[] = []
  for (const path of paths) {
    const file = await readDicomFile(path)
    // The last fragment must be even, which only a deflated data set may not be (PS3.5, A.5).
    const isOdd = file.transferSyntaxUid === transferSyntaxes.deflated && file.dataset.length % 2 === 1
    files.push(isOdd ? { ...file, dataset: Buffer.concat([file.dataset, Buffer.alloc(1)]) } : file)
  }
  const failed = (await push(to, files)).filter(({ status }) => status !== 0)
  return { exitCode: failed.length, output: JSON.stringify(failed) }
}

import { commitment } from '../../core/dicom/commitment.ts'
import { writable } from '../../core/dicom/convert/syntaxes.ts'
import { type Association } from '../../infra/dimse/types.ts'

type Context = ReturnType<Association['getPresentationContexts']>[number]['context']

const verification = '1.2.840.10008.1.1'
const implicitLittleEndian = '1.2.840.10008.1.2'
/** Storage SOP classes lie here (PS3.4, B.5, GG.3); what lies elsewhere under DICOM's root is another service. */
const storage = [
  '1.2.840.10008.5.1.4.1.1.',
  '1.2.840.10008.5.1.4.34.',
  '1.2.840.10008.5.1.4.38.1',
  '1.2.840.10008.5.1.4.39.1',
  '1.2.840.10008.5.1.4.43.1',
  '1.2.840.10008.5.1.4.44.1',
  '1.2.840.10008.5.1.4.45.1',
  // Retired: Stored Print, Hardcopy Grayscale Image, Hardcopy Color Image.
  '1.2.840.10008.5.1.1.27',
  '1.2.840.10008.5.1.1.29',
  '1.2.840.10008.5.1.1.30',
]
/** Procedure steps and machine verification lie among the storage of RT (PS3.4, CC.3, DD.3). */
const notStorage = /^1\.2\.840\.10008\.5\.1\.4\.34\.([4-6](\..*)?|[89])$/
const dicomRoot = '1.2.840.10008.'

/** Result of a presentation context (PS3.8, table 9-18). */
const accepted = 0
const noAbstractSyntax = 3
const noTransferSyntax = 4

/** True for verification, any storage SOP class of the standard, and any private one. */
export const isServed = (abstractSyntaxUid: string): boolean => {
  if (abstractSyntaxUid === verification || !abstractSyntaxUid.startsWith(dicomRoot)) return true
  return (
    storage.some((one) =>
      one.endsWith('.') ? abstractSyntaxUid.startsWith(one) : abstractSyntaxUid === one,
    ) && !notStorage.test(abstractSyntaxUid)
  )
}

/** True where the peer would report its storage commitment to us, as whose SCP it speaks (PS3.4, J.3.3). */
const isReporting = (context: Context): boolean =>
  context.getAbstractSyntaxUid() === commitment.sopClassUid && context.getProviderRole()

/**
 * Accepts every storage context in the first transfer syntax that its proposer named, which is the one it
 * would rather send; bytes are kept as they come, so all are equal to us. So are those by which a peer reports its
 * commitment to us, in a syntax that we read. Gives the counts for the event.
 */
export const negotiate = (
  association: Association,
): { acceptedContexts: number; refusedContexts: number } => {
  const contexts = association.getPresentationContexts().map(({ context }) => context)
  for (const context of contexts) {
    const syntaxes = context.getTransferSyntaxUids()
    const abstractSyntax = context.getAbstractSyntaxUid()
    const reports = isReporting(context)
    const readable = reports ? syntaxes.filter((one) => writable.includes(one)) : syntaxes
    if (!reports && !isServed(abstractSyntax)) context.setResult(noAbstractSyntax)
    else if (readable.length === 0) context.setResult(noTransferSyntax)
    else context.setResult(accepted, abstractSyntax === verification ? plain(readable) : readable[0]!)
  }
  const acceptedContexts = contexts.filter((context) => context.getResult() === accepted).length
  return { acceptedContexts, refusedContexts: contexts.length - acceptedContexts }
}

const plain = (syntaxes: readonly string[]): string =>
  syntaxes.includes(implicitLittleEndian) ? implicitLittleEndian : syntaxes[0]!

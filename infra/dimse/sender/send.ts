import { commandField } from '../../../core/dicom/commandSet.ts'
import { classify } from '../../../core/dicom/status.ts'
import { isDeflated } from '../../../core/dicom/transferSyntax.ts'
import { messageOf } from '../../../core/error/error.ts'
import { type Proposal } from './associate.ts'
import { type Instance, type InstanceResult, answered, notAttempted, unsendable } from './instance.ts'
import { type Peer, Requestor } from './requestor.ts'

export { type Instance, type InstanceResult } from './instance.ts'

/** What is to be sent, and who hears of it while it is. */
export interface Sending {
  readonly instances: readonly Instance[]
  /** Hears of each instance as soon as it is done. */
  readonly onResult?: (result: InstanceResult) => void
  /** Hears what kept instances from being sent, where it was not the peer's answer to them. */
  readonly onTrouble?: (error: unknown) => void
}

/** Presentation context ids are the odd numbers of one byte (PS3.8, 9.3.2.2). */
const mostContexts = 128
const mostMessageIds = 65_535
const mediumPriority = 0
const withDataSet = 0x0000

/**
 * Sends instances by C-STORE (PS3.4, annex B), each in the transfer syntax it is stored in, never another,
 * over as many associations as their presentation contexts need. Throws RD_DICOM_UNREACHABLE,
 * RD_DICOM_REJECTED or RD_DICOM_PROTOCOL only where no association came about at all; once one did, each
 * instance has its result, in order, and those after a broken connection are `notAttempted`.
 */
export const sendInstances = async (options: Peer & Sending): Promise<readonly InstanceResult[]> => {
  const results: InstanceResult[] = []
  const report = (result: InstanceResult): void => {
    results.push(result)
    options.onResult?.(result)
  }
  let hadAssociation = false
  for (const group of groups(options.instances)) {
    try {
      const requestor = await Requestor.open(options, [...group.contexts.values()])
      hadAssociation = true
      await sendGroup(requestor, group, { report, onTrouble: options.onTrouble ?? (() => undefined) })
    } catch (error) {
      if (!hadAssociation) throw error
      options.onTrouble?.(error)
      for (const instance of group.instances) report(notAttempted(instance, messageOf(error)))
    }
  }
  return results
}

interface Group {
  readonly instances: Instance[]
  /** One context for each pair of SOP class and transfer syntax. */
  readonly contexts: Map<string, Proposal>
}

const pairOf = ({ sopClassUid, transferSyntaxUid }: Instance): string => `${sopClassUid} ${transferSyntaxUid}`

/** As many instances as need no more presentation contexts than one association can have. */
const groups = (instances: readonly Instance[]): readonly Group[] => {
  const found: Group[] = []
  for (const instance of instances) {
    const last = found.at(-1)
    const fits = last && (last.contexts.has(pairOf(instance)) || last.contexts.size < mostContexts)
    const group = fits ? last : { instances: [], contexts: new Map<string, Proposal>() }
    if (!fits) found.push(group)
    const { sopClassUid: abstractSyntaxUid, transferSyntaxUid } = instance
    if (!group.contexts.has(pairOf(instance))) {
      const id = group.contexts.size * 2 + 1
      group.contexts.set(pairOf(instance), { id, abstractSyntaxUid, transferSyntaxUid })
    }
    group.instances.push(instance)
  }
  return found
}

/** Sends over one association, and ends it. Never throws: what breaks it leaves the rest not attempted. */
const sendGroup = async (
  requestor: Requestor,
  { instances, contexts }: Group,
  { report, onTrouble }: { report: (result: InstanceResult) => void; onTrouble: (error: unknown) => void },
): Promise<void> => {
  let broken: string | undefined
  for (const [index, instance] of instances.entries()) {
    if (broken !== undefined) {
      report(notAttempted(instance, broken))
      continue
    }
    const why = obstacle(requestor, contexts.get(pairOf(instance))!, instance)
    if (why !== undefined) {
      report(unsendable(instance, why))
      continue
    }
    let content
    try {
      content = await instance.open()
    } catch (error) {
      // Nothing of it was sent: the association is still good for the others.
      onTrouble(error)
      report(notAttempted(instance, messageOf(error)))
      continue
    }
    try {
      const { size } = instance
      const { id } = contexts.get(pairOf(instance))!
      const command = storeRequest(instance, (index % mostMessageIds) + 1)
      const { Status: status, ErrorComment: comment } = await requestor.request(id, command, {
        content,
        size,
      })
      report(answered(instance, classify(status), status, comment || null))
    } catch (error) {
      broken = messageOf(error)
      onTrouble(error)
      await requestor.abort()
      report(notAttempted(instance, broken))
    }
  }
  if (broken === undefined) await requestor.release()
}

/** The command set of a C-STORE-RQ (PS3.7, 9.3.1.1). */
const storeRequest = ({ sopClassUid, sopInstanceUid }: Instance, messageId: number) => ({
  AffectedSOPClassUID: sopClassUid,
  CommandField: commandField.cStoreRequest,
  MessageID: messageId,
  Priority: mediumPriority,
  CommandDataSetType: withDataSet,
  AffectedSOPInstanceUID: sopInstanceUid,
})

/** Why an instance cannot go over this association whatever the peer thinks of it, or undefined. */
const obstacle = (requestor: Requestor, context: Proposal, instance: Instance): string | undefined => {
  const { sopClassUid, transferSyntaxUid, size } = instance
  const accepted = requestor.acceptance.contexts.get(context.id)
  if (accepted === undefined)
    return `the peer does not take SOP class ${sopClassUid} in transfer syntax ${transferSyntaxUid}`
  if (accepted !== transferSyntaxUid)
    return `the peer wants transfer syntax ${accepted} for SOP class ${sopClassUid}, not ${transferSyntaxUid}`
  if (size <= 0) return 'the file has no data set'
  // Only a deflate stream may be odd; it is padded (PS3.5, A.5). Peers abort on any other odd fragment.
  if (size % 2 === 1 && !isDeflated(transferSyntaxUid))
    return `the data set has an odd length of ${size} bytes`
  return undefined
}

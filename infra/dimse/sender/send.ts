import { commandField } from '../../../core/dicom/commandSet.ts'
import { classify } from '../../../core/dicom/status.ts'
import { isConvertible } from '../../../core/dicom/convert/syntaxes.ts'
import { isDeflated, transferSyntaxes } from '../../../core/dicom/transferSyntax.ts'
import { isRadDeployError, messageOf } from '../../../core/error/error.ts'
import { OpenedAhead } from './ahead.ts'
import { converted } from './convert.ts'
import { type Group, groups } from './groups.ts'
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

const mostMessageIds = 65_535
const mediumPriority = 0
const withDataSet = 0x0000

/**
 * Sends instances by C-STORE (PS3.4, annex B), each in the transfer syntax it is stored in where the peer takes
 * that, else in one that needs no lossy step, over as many associations as their presentation contexts need. Throws RD_DICOM_UNREACHABLE,
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
      const requestor = await Requestor.open(options, group.proposals)
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

/** Sends over one association, and ends it. Never throws: what breaks it leaves the rest not attempted. */
const sendGroup = async (
  requestor: Requestor,
  group: Group,
  { report, onTrouble }: { report: (result: InstanceResult) => void; onTrouble: (error: unknown) => void },
): Promise<void> => {
  let broken: string | undefined
  const ways = group.instances.map((instance) => wayOf(requestor, group, instance))
  const ahead = new OpenedAhead(group.instances.filter((_, index) => typeof ways[index] === 'object'))
  for (const [index, instance] of group.instances.entries()) {
    if (broken !== undefined) {
      report(notAttempted(instance, broken))
      continue
    }
    const way = ways[index]!
    if (typeof way === 'string') {
      report(unsendable(instance, way))
      continue
    }
    let stored
    try {
      stored = await ahead.next()
    } catch (error) {
      // Nothing of it was sent: the association is still good for the others.
      onTrouble(error)
      report(notAttempted(instance, messageOf(error)))
      continue
    }
    try {
      const { transferSyntaxUid: from, size } = instance
      const isConverted = way.transferSyntaxUid !== from
      const dataset = isConverted
        ? { content: converted(stored, from, way.transferSyntaxUid), size: undefined }
        : { content: stored, size }
      const command = storeRequest(instance, (index % mostMessageIds) + 1)
      const response = await requestor.request(way.contextId, command, dataset)
      const { Status: status, ErrorComment: comment } = response
      const result = answered(instance, classify(status), status, comment || null)
      report(isConverted ? { ...result, transferSyntaxUid: way.transferSyntaxUid } : result)
    } catch (error) {
      broken = messageOf(error)
      onTrouble(error)
      await requestor.abort()
      // What cannot be converted now cannot be later; the peer has no whole of it.
      const isOurs = way.transferSyntaxUid !== instance.transferSyntaxUid && isUnreadable(error)
      report((isOurs ? unsendable : notAttempted)(instance, broken))
    }
  }
  ahead.close()
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

const isUnreadable = (error: unknown): boolean => isRadDeployError(error, 'RD_DICOM_UNREADABLE')

/** How an instance goes over an association. */
interface Way {
  readonly contextId: number
  readonly transferSyntaxUid: string
}

/** How an instance goes over this association, or why it cannot. */
const wayOf = (requestor: Requestor, group: Group, instance: Instance): Way | string => {
  const { sopClassUid, transferSyntaxUid, size } = instance
  if (size <= 0) return 'the file has no data set'
  const { contexts } = requestor.acceptance
  const own = group.contextOf(instance)
  if (contexts.get(own.id) === transferSyntaxUid) {
    // Only a deflate stream may be odd; it is padded (PS3.5, A.5). Peers abort on any other odd fragment.
    if (size % 2 === 1 && !isDeflated(transferSyntaxUid))
      return `the data set has an odd length of ${size} bytes`
    return { contextId: own.id, transferSyntaxUid }
  }
  const other = group.otherwise(instance)
  const taken = other && contexts.get(other.id)
  if (other && taken && isConvertible(transferSyntaxUid, taken))
    return { contextId: other.id, transferSyntaxUid: taken }
  const name = transferSyntaxes.get(transferSyntaxUid)?.name ?? 'unknown'
  return `the peer does not take SOP class ${sopClassUid} in transfer syntax ${transferSyntaxUid} (${name}), and there is no lossless way to one that it takes`
}

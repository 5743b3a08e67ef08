import { type Readable } from 'node:stream'
import { commandField, noDataSet } from '../../../core/dicom/commandSet.ts'
import { classify } from '../../../core/dicom/status.ts'
import { messageOf } from '../../../core/error/error.ts'
import { type Proposal } from './associate.ts'
import { type Peer, Requestor } from './requestor.ts'

/** One instance to send, its data set as it is stored. */
export interface Instance {
  readonly id: string
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly transferSyntaxUid: string
  /** Length of the data set in bytes. */
  readonly size: number
  /** The data set: the bytes of the file after its File Meta Information. */
  open(): Promise<Readable>
}

/** What became of one instance. `comment` is the peer's or ours; the peer's may hold patient data. */
export interface InstanceResult {
  readonly id: string
  readonly sopInstanceUid: string
  readonly outcome: 'success' | 'warning' | 'failure' | 'notAttempted'
  readonly status: number | null
  readonly comment: string | null
}

const verification = '1.2.840.10008.1.1'
const implicitLittleEndian = '1.2.840.10008.1.2'
const deflated = '1.2.840.10008.1.2.1.99'
const mostContexts = 128
const mediumPriority = 0

/**
 * Sends instances by C-STORE (PS3.4, annex B), each in the transfer syntax it is stored in, never another.
 * Throws RD_DICOM_UNREACHABLE or RD_DICOM_REJECTED where no association came about; once one did, each
 * instance has its own result, and those after a broken connection are `notAttempted`.
 */
export const sendInstances = async (
  options: Peer & {
    readonly instances: readonly Instance[]
    readonly onResult?: (result: InstanceResult) => void
  },
): Promise<readonly InstanceResult[]> => {
  const results: InstanceResult[] = []
  for (const group of groups(options.instances)) {
    try {
      const sent = await sendGroup(options, group, (result) => options.onResult?.(result))
      results.push(...sent)
    } catch (error) {
      if (results.length === 0) throw error
      results.push(...group.map((instance) => resultOf(instance, 'notAttempted', null, messageOf(error))))
    }
  }
  return results
}

/** Verifies that a peer answers (C-ECHO, PS3.4, annex A). */
export const echo = async (peer: Peer): Promise<void> => {
  const requestor = await Requestor.open(peer, [
    { id: 1, abstractSyntaxUid: verification, transferSyntaxUid: implicitLittleEndian },
  ])
  try {
    const command = {
      AffectedSOPClassUID: verification,
      CommandField: commandField.cEchoRequest,
      MessageID: 1,
    }
    await requestor.request(1, { ...command, CommandDataSetType: noDataSet })
  } finally {
    await requestor.release()
  }
}

const pairOf = ({ sopClassUid, transferSyntaxUid }: Instance): string => `${sopClassUid} ${transferSyntaxUid}`

/** As many instances as need no more presentation contexts than an association can have. */
const groups = (instances: readonly Instance[]): readonly (readonly Instance[])[] => {
  const found: Instance[][] = []
  let pairs = new Set<string>()
  for (const instance of instances) {
    if (found.length === 0 || (!pairs.has(pairOf(instance)) && pairs.size === mostContexts)) {
      found.push([])
      pairs = new Set()
    }
    pairs.add(pairOf(instance))
    found.at(-1)!.push(instance)
  }
  return found
}

const sendGroup = async (
  peer: Peer,
  instances: readonly Instance[],
  report: (result: InstanceResult) => void,
): Promise<readonly InstanceResult[]> => {
  const contexts = new Map<string, Proposal>()
  for (const instance of instances) {
    const { sopClassUid: abstractSyntaxUid, transferSyntaxUid } = instance
    if (!contexts.has(pairOf(instance)))
      contexts.set(pairOf(instance), { id: contexts.size * 2 + 1, abstractSyntaxUid, transferSyntaxUid })
  }
  const requestor = await Requestor.open(peer, [...contexts.values()])
  const results: InstanceResult[] = []
  let broken: string | undefined
  for (const [index, instance] of instances.entries()) {
    const { id } = contexts.get(pairOf(instance))!
    const result = broken
      ? resultOf(instance, 'notAttempted', null, broken)
      : await sendOne(requestor, id, instance, (index % 65_535) + 1).catch((error: unknown) => {
          broken = messageOf(error)
          requestor.destroy()
          return resultOf(instance, 'notAttempted', null, broken)
        })
    results.push(result)
    report(result)
  }
  await requestor.release()
  return results
}

const sendOne = async (
  requestor: Requestor,
  contextId: number,
  instance: Instance,
  messageId: number,
): Promise<InstanceResult> => {
  const { sopClassUid, sopInstanceUid, transferSyntaxUid } = instance
  const accepted = requestor.acceptance.contexts.get(contextId)
  if (accepted !== transferSyntaxUid)
    return resultOf(
      instance,
      'failure',
      null,
      `the peer does not take ${sopClassUid} in transfer syntax ${transferSyntaxUid}`,
    )
  const command = {
    AffectedSOPClassUID: sopClassUid,
    CommandField: commandField.cStoreRequest,
    MessageID: messageId,
    Priority: mediumPriority,
    CommandDataSetType: 0x0000,
    AffectedSOPInstanceUID: sopInstanceUid,
  }
  // A deflated stream may have an odd length; a data set's last fragment may not (PS3.5, A.5).
  const dataset = await instance.open()
  const { Status: status = 0x0110, ErrorComment: comment } = await requestor.request(
    contextId,
    command,
    dataset,
    transferSyntaxUid === deflated,
  )
  return resultOf(instance, classify(status), status, comment ?? null)
}

const resultOf = (
  { id, sopInstanceUid }: Instance,
  outcome: InstanceResult['outcome'],
  status: number | null,
  comment: string | null,
): InstanceResult => ({ id, sopInstanceUid, outcome, status, comment })

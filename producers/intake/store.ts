import { type Logger } from 'pino'
import { type Attributes } from '../../core/dicom/attributes.ts'
import { type Head } from '../../core/dicom/head.ts'
import { part10Header } from '../../core/dicom/part10.ts'
import { pseudonymOf } from '../../core/dicom/pseudonym.ts'
import { status } from '../../core/dicom/status.ts'
import { type ErrorCode } from '../../core/error/codes.ts'
import { RadDeployError, isRadDeployError, messageOf } from '../../core/error/error.ts'
import { type Fact, type Meta } from '../../core/event/event.ts'
import { type ObjectRef, type Peer } from '../../schemas/generated/shared.ts'
import { type Sink, type StoreAnswer, type StoreRequest } from '../../infra/dimse/handler.ts'
import { within } from '../../infra/deadline/within.ts'
import { type Emit } from '../../infra/kafka/emitter.ts'
import { key } from '../../infra/s3/key.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'
import { drained } from '../../infra/stream/drained.ts'
import { Inspection } from './inspect.ts'
import { type Space } from './space.ts'

const usualDeadlineMs = 30_000
/** For what need not succeed, such as taking back an upload. */
const patienceMs = 2000

/** What the intake stands on. */
export interface IntakeParts {
  readonly store: ObjectStore
  readonly emit: Emit
  readonly pseudonymKey: Uint8Array
  readonly logger: Logger
  /** How long the object store may be silent before an instance is refused, in milliseconds; 30 s by default. */
  readonly storeDeadlineMs?: number
  /** Whether there is room; by default nobody looks. */
  readonly space?: Pick<Space, 'refusal' | 'took'>
}
/** The association an instance comes in, and its place there. */
export interface Arrival extends StoreRequest {
  readonly associationId: string
  readonly ordinal: number
  readonly calling: Peer
  readonly calledAeTitle: string
  readonly cause: Meta
  /** What stands before its data set where it comes as a file: that is kept, and none of ours goes in front. */
  readonly header?: Buffer
  /** The study that it must belong to, where the sender said so. */
  readonly studyInstanceUid?: string | undefined
}

/**
 * The guarantee, once for all ways in: bytes to S3 while they come, then InstanceStored to Kafka, and only
 * then Success. Our Part 10 header goes in front; the data set itself is kept exactly as it was received.
 * Neither a data set that makes no sense nor an object store that is silent breaks the association: the rest
 * of the instance is read and dropped, and the answer says why.
 */
export const receive = (parts: IntakeParts, arrival: Arrival): Sink => {
  const full = parts.space?.refusal()
  if (full) return refusing(parts, arrival, full)
  const { associationId, ordinal } = arrival
  const deadlineMs = parts.storeDeadlineMs ?? usualDeadlineMs
  const meta = arrival.header ?? part10Header({ ...arrival, sourceAeTitle: arrival.calling.aeTitle })
  const writer = parts.store.open(key.instance(associationId, ordinal), meta.length)
  const inspection = new Inspection(meta, arrival.transferSyntaxUid)
  let failure: unknown
  const fail = (error: unknown): void => void (failure ??= unavailable(error))
  writer.stream.on('error', fail)

  const put = (bytes: Buffer): Promise<void> | undefined =>
    writer.stream.write(bytes) || failure ? undefined : within(drained(writer.stream), deadlineMs, tooSlow)
  const discard = async (): Promise<void> => {
    inspection.abort()
    await within(writer.abort(), patienceMs, tooSlow).catch(() => undefined)
  }
  // Alone it is far from what a stream holds: nothing is to be waited for.
  void put(meta)?.catch(fail)

  const write = async (bytes: Buffer): Promise<void> => {
    if (failure) return
    try {
      const inflating = inspection.push(bytes)
      if (inflating) await inflating
      const full = put(bytes)
      if (full) await full
    } catch (error) {
      fail(error)
    }
  }

  const end = async (): Promise<StoreAnswer> => {
    try {
      if (failure) throw failure
      const read = await inspection.end()
      check(read, arrival)
      const object = await within(writer.finish(), deadlineMs, tooSlow)
      parts.space?.took(object.size)
      const bytes = { object, datasetOffset: meta.length, datasetSha256: writer.tailSha256() }
      await parts.emit(stored(parts.pseudonymKey, arrival, read, bytes), arrival.cause)
      return { status: status.success }
    } catch (error) {
      await discard()
      return refuse(parts, arrival, error)
    }
  }
  return { write, end, abort: discard }
}

/** Reads an instance and drops it. */
const refusing = (parts: IntakeParts, arrival: Arrival, error: RadDeployError): Sink => ({
  write: () => Promise.resolve(),
  end: () => refuse(parts, arrival, error),
  abort: () => Promise.resolve(),
})

const stored = (
  pseudonymKey: Uint8Array,
  arrival: Arrival,
  { header, length: headerLength }: Head,
  stands: { readonly object: ObjectRef; readonly datasetOffset: number; readonly datasetSha256: string },
): Fact<'InstanceStored'> => {
  const { associationId, ordinal, transferSyntaxUid, calling, calledAeTitle } = arrival
  const { attributes } = header
  const [id, issuer] = [attributes['PatientID'] ?? '', attributes['IssuerOfPatientID'] ?? '']
  const names = namesIn(attributes, arrival)
  const patientPseudonym = pseudonymOf(pseudonymKey, id, issuer) ?? null
  const bytes = { transferSyntaxUid, headerLength, ...stands }
  return {
    type: 'InstanceStored',
    stream: associationId,
    data: { associationId, ordinal, ...names, patientPseudonym, ...bytes, calling, calledAeTitle },
  }
}

const namesIn = (attributes: Attributes, { sopClassUid, sopInstanceUid }: Arrival) => ({
  sopInstanceUid,
  sopClassUid,
  seriesInstanceUid: ifUid(attributes['SeriesInstanceUID']),
  studyInstanceUid: ifUid(attributes['StudyInstanceUID']),
  frameOfReferenceUid: ifUid(attributes['FrameOfReferenceUID']),
  modality: isCode(attributes['Modality'] ?? '') ? attributes['Modality']! : null,
})

/** The data set must be the instance that the command announced (PS3.4, B.2.3), and have a name. */
const check = ({ header: { attributes } }: Head, arrival: Arrival): void => {
  const { sopClassUid, sopInstanceUid, studyInstanceUid } = arrival
  if (!attributes['SOPInstanceUID'])
    throw new RadDeployError('RD_DICOM_UNREADABLE', 'data set has no SOP Instance UID')
  if (attributes['SOPInstanceUID'] !== sopInstanceUid || attributes['SOPClassUID'] !== sopClassUid)
    throw new RadDeployError('RD_DICOM_MISMATCH', 'data set and command name different instances')
  if (!isUid(sopInstanceUid) || !isUid(sopClassUid))
    throw new RadDeployError('RD_DICOM_UNREADABLE', 'what names the instance is no UID')
  if (studyInstanceUid !== undefined && attributes['StudyInstanceUID'] !== studyInstanceUid)
    throw new RadDeployError('RD_DICOM_MISMATCH', 'the instance is of another study than was announced')
}

/** PS3.5, 9.1. */
const isUid = (text: string): boolean => /^[0-9.]{1,64}$/.test(text)
/** PS3.5, 6.2: CS. */
const isCode = (text: string): boolean => /^[A-Z0-9_ ]{1,16}$/.test(text)

const unavailable = (cause: unknown): RadDeployError =>
  isRadDeployError(cause)
    ? cause
    : new RadDeployError('RD_S3_UNAVAILABLE', 'the object store took no instance', {}, cause)

const tooSlow = (): RadDeployError =>
  new RadDeployError('RD_S3_UNAVAILABLE', 'the object store was silent for too long')

/** Failures of ours that may be over when the same instance comes again. */
const passing: readonly ErrorCode[] = ['RD_S3_UNAVAILABLE', 'RD_KAFKA_UNAVAILABLE', 'RD_INTAKE_PAUSED']

const statusOf = (code: ErrorCode): number => {
  if (code === 'RD_DICOM_MISMATCH') return status.dataSetMismatch
  const isItsFault = code === 'RD_DICOM_UNREADABLE' || code === 'RD_EVENT_TOO_LARGE'
  return isItsFault ? status.cannotUnderstand : status.outOfResources
}

/** A sender may write anything where a UID belongs, a name as well; what is none does not belong on the log. */
const ifUid = (text = ''): string | null => (isUid(text) ? text : null)

/** Says that an instance was not stored, and gives the answer. */
export const refuse = async (
  { emit, logger }: IntakeParts,
  { associationId, ordinal, sopClassUid, sopInstanceUid, cause }: Arrival,
  error: unknown,
): Promise<StoreAnswer> => {
  const code = isRadDeployError(error) ? error.code : 'RD_S3_UNAVAILABLE'
  const comment = `${code}: ${messageOf(error)}`
  const answer = { status: statusOf(code), comment, isPassing: passing.includes(code) }
  logger.error({ code, error: messageOf(error), associationId, ordinal }, 'an instance was refused')
  const data = {
    associationId,
    ordinal,
    sopInstanceUid: ifUid(sopInstanceUid),
    sopClassUid: ifUid(sopClassUid),
    status: answer.status,
    code,
    reason: messageOf(error),
  }
  const said = emit({ type: 'InstanceRefused', stream: associationId, data }, cause).catch((again: unknown) =>
    logger.error({ error: messageOf(again), associationId, ordinal }, 'the refusal could not be published'),
  )
  // Where Kafka is what fails, the answer is all that can be said in time: the sender has waited long enough.
  if (code !== 'RD_KAFKA_UNAVAILABLE') await said
  return answer
}

import { type Logger } from 'pino'
import { type Attributes } from '../../core/dicom/attributes.ts'
import { part10Header } from '../../core/dicom/part10.ts'
import { pseudonymOf } from '../../core/dicom/pseudonym.ts'
import { status } from '../../core/dicom/status.ts'
import { type ErrorCode } from '../../core/error/codes.ts'
import { RadDeployError, isRadDeployError, messageOf } from '../../core/error/error.ts'
import { type Meta } from '../../core/event/event.ts'
import { type Peer } from '../../schemas/generated/shared.ts'
import { type Sink, type StoreAnswer, type StoreRequest } from '../../infra/dimse/handler.ts'
import { type Emit } from '../../infra/kafka/emitter.ts'
import { key } from '../../infra/s3/key.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'
import { drained } from '../../infra/stream/drained.ts'
import { type Head, HeadReader } from './head.ts'

/** What the intake stands on. */
export interface IntakeParts {
  readonly store: ObjectStore
  readonly emit: Emit
  readonly pseudonymKey: Uint8Array
  readonly logger: Logger
}
/** The association an instance comes in, and its place there. */
export interface Arrival extends StoreRequest {
  readonly associationId: string
  readonly ordinal: number
  readonly calling: Peer
  readonly calledAeTitle: string
  readonly cause: Meta
}

/**
 * The guarantee, once for all ways in: bytes to S3 while they come, then InstanceStored to Kafka, and only
 * then Success. Our Part 10 header goes in front; the data set itself is kept exactly as it was received.
 */
export const receive = (parts: IntakeParts, arrival: Arrival): Sink => {
  const { associationId, ordinal } = arrival
  const meta = part10Header({ ...arrival, sourceAeTitle: arrival.calling.aeTitle })
  const writer = parts.store.open(key.instance(associationId, ordinal))
  const head = new HeadReader()
  let failure: unknown
  writer.stream.on('error', (error) => (failure ??= error))

  const write = async (bytes: Buffer): Promise<void> => {
    if (failure) return
    try {
      head.push(bytes)
      if (!writer.stream.write(bytes) && !failure) await drained(writer.stream)
    } catch (error) {
      failure ??= error
    }
  }
  const first = write(meta)

  const end = async (): Promise<StoreAnswer> => {
    try {
      await first
      if (failure) throw unavailable(failure)
      const read = head.end()
      check(read, arrival)
      const object = await writer.finish()
      const { attributes } = read.header
      await parts.emit(
        {
          type: 'InstanceStored',
          stream: associationId,
          data: {
            associationId,
            ordinal,
            ...namesIn(attributes, arrival),
            patientPseudonym:
              pseudonymOf(
                parts.pseudonymKey,
                attributes['PatientID'] ?? '',
                attributes['IssuerOfPatientID'] ?? '',
              ) ?? null,
            transferSyntaxUid: arrival.transferSyntaxUid,
            object,
            datasetOffset: meta.length,
            headerLength: read.length,
            calling: arrival.calling,
            calledAeTitle: arrival.calledAeTitle,
          },
        },
        arrival.cause,
      )
      return { status: status.success }
    } catch (error) {
      return refuse(parts, arrival, error, () => writer.abort())
    }
  }
  return { write: (bytes) => first.then(() => write(bytes)), end, abort: () => writer.abort() }
}

const namesIn = (attributes: Attributes, { sopClassUid, sopInstanceUid }: Arrival) => ({
  sopInstanceUid,
  sopClassUid,
  seriesInstanceUid: attributes['SeriesInstanceUID'] || null,
  studyInstanceUid: attributes['StudyInstanceUID'] || null,
  frameOfReferenceUid: attributes['FrameOfReferenceUID'] || null,
  modality: attributes['Modality'] || null,
})

/** The data set must be readable and be the instance that the command announced (PS3.4, B.2.3). */
const check = ({ header }: Head, { sopClassUid, sopInstanceUid }: Arrival): void => {
  const { attributes, complete } = header
  if (!complete || !attributes['SOPInstanceUID'])
    throw new RadDeployError('RD_DICOM_UNREADABLE', 'the data set cannot be read to its end', {})
  if (attributes['SOPInstanceUID'] !== sopInstanceUid || attributes['SOPClassUID'] !== sopClassUid)
    throw new RadDeployError(
      'RD_DICOM_MISMATCH',
      'the data set is not the instance that the command announced',
      {},
    )
}

const unavailable = (cause: unknown): RadDeployError =>
  isRadDeployError(cause)
    ? cause
    : new RadDeployError('RD_S3_UNAVAILABLE', 'the object store did not take the instance', {}, cause)

const statusOf = (code: ErrorCode): number => {
  if (code === 'RD_DICOM_MISMATCH') return status.dataSetMismatch
  return code === 'RD_DICOM_UNREADABLE' ? status.cannotUnderstand : status.outOfResources
}

const refuse = async (
  { emit, logger }: IntakeParts,
  { associationId, ordinal, sopClassUid, sopInstanceUid, cause }: Arrival,
  error: unknown,
  discard: () => Promise<void>,
): Promise<StoreAnswer> => {
  const code = isRadDeployError(error) ? error.code : 'RD_S3_UNAVAILABLE'
  const answer = { status: statusOf(code), comment: `${code}: ${messageOf(error)}` }
  logger.error({ code, error: messageOf(error), associationId, ordinal }, 'an instance was refused')
  await discard().catch(() => undefined)
  const data = {
    associationId,
    ordinal,
    sopInstanceUid,
    sopClassUid,
    status: answer.status,
    code,
    reason: messageOf(error),
  }
  // Where Kafka is what fails, the sender's answer is all that can be said.
  await emit({ type: 'InstanceRefused', stream: associationId, data }, cause).catch((again: unknown) =>
    logger.error({ error: messageOf(again), associationId, ordinal }, 'the refusal could not be published'),
  )
  return answer
}

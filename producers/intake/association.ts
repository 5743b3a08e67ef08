import { randomUUID } from 'node:crypto'
import { type ErrorCode, errorCodes } from '../../core/error/codes.ts'
import { RadDeployError } from '../../core/error/error.ts'
import { type AssociationEnd } from '../../infra/dimse/handler.ts'
import { type Emit } from '../../infra/kafka/emitter.ts'
import { type AssociationOpened } from '../../schemas/generated/arrivals.ts'
import { closeAssociation, closeUnopened } from './closing.ts'
import { type FileAnswer, type FileSink, type FileTerms, receiveFile } from './file.ts'
import { type Opened } from './opened.ts'
import { type IntakeParts } from './store.ts'

/** What is asked of one file. */
export interface NextTerms {
  readonly maxBytes?: number | undefined
  readonly studyInstanceUid?: string | undefined
  /** Why it is refused, whatever it is. */
  readonly refusal?: RadDeployError | undefined
}

/** What comes in together by a way that has no association of its own: a request, or the files of a folder. */
export interface FileAssociation {
  readonly id: string
  readonly counts: { readonly stored: number; readonly refused: number }
  /**
   * Where the bytes of the next file go. Once an instance could not be stored by a failure of ours, the others are
   * refused for the same reason and without asking again, so that none waits for it anew.
   */
  next(terms: NextTerms): FileSink
  /** Says how it ended; where that cannot be said now, it is said until it is, and this rejects. */
  close(end: AssociationEnd): Promise<void>
}

/** Who comes in, and how. */
export type Visit = Pick<
  AssociationOpened,
  | 'calling'
  | 'calledAeTitle'
  | 'scp'
  | 'via'
  | 'tls'
  | 'clientCertificate'
  | 'flows'
  | 'implementationVersionName'
>

/** Opens an association on the log; rejects where Kafka does not take it. What is left to say ends with `stopped`. */
export const openAssociation = async (
  parts: IntakeParts,
  visit: Visit,
  here: Opened,
  stopped: AbortSignal,
): Promise<FileAssociation> => {
  const id = randomUUID()
  here.add(id)
  const fact = {
    type: 'AssociationOpened' as const,
    stream: id,
    data: {
      associationId: id,
      ...visit,
      implementationClassUid: null,
      maxPduLength: 0,
      acceptedContexts: 0,
      refusedContexts: 0,
    },
  }
  const opened = await parts.emit(fact).catch((error: unknown) => {
    closeUnopened(parts.emit, fact, stopped)
    throw error
  })
  const began = performance.now()
  const { calling, calledAeTitle } = visit
  const counts = { stored: 0, refused: 0, ordinal: 0 }
  let givenUp: RadDeployError | undefined

  const emit = whileItAnswers(parts.emit)
  const next: FileAssociation['next'] = ({ maxBytes, studyInstanceUid, refusal }) => {
    const shared = { associationId: id, calling, calledAeTitle, cause: opened.meta }
    const arrival = { ...shared, ordinal: ++counts.ordinal, studyInstanceUid }
    const terms: FileTerms = { maxBytes, refusal: refusal ?? givenUp }
    const sink = receiveFile({ ...parts, emit }, arrival, terms)
    const end = async (): Promise<FileAnswer> => {
      const answer = await sink.end()
      counts[answer.status === 0 ? 'stored' : 'refused'] += 1
      if (answer.isPassing) givenUp ??= notTried(answer)
      return answer
    }
    return { ...sink, end }
  }

  const close = async ({ how, reason }: AssociationEnd): Promise<void> => {
    const { stored, refused } = counts
    const durationMs = Math.round(performance.now() - began)
    const data = { associationId: id, how, stored, refused, reason, durationMs }
    await closeAssociation(parts.emit, data, { opened: opened.meta, stopped })
  }
  return { id, counts, next, close }
}

/** The same reason for those that come after it. */
const notTried = ({ comment = '' }: FileAnswer): RadDeployError => {
  const [code = ''] = comment.split(':')
  const known = Object.hasOwn(errorCodes, code) ? (code as ErrorCode) : 'RD_S3_UNAVAILABLE'
  return new RadDeployError(known, 'not tried, since one before it could not be stored')
}

/** Once Kafka did not acknowledge in time, the next fact does not wait for it as long again. */
const whileItAnswers = (emit: Emit): Emit => {
  let silence: unknown
  return async (...fact) => {
    if (silence !== undefined) throw silence
    try {
      return await emit(...fact)
    } catch (error) {
      silence = error
      throw error
    }
  }
}
